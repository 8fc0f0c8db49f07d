/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-detail-words.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* Word for word what core, server, the failover client and the set-up write; {1} to {4} stand for
 * what differs. */
static const char *const sentences[] = {
  N_ ("The text holds no Trias licence."),
  N_ ("The licence has been cut off."),
  N_ ("The licence is larger than 64 kB."),
  N_ ("The licence is no text."),
  N_ ("The signature of the licence is damaged."),
  N_ ("The content of the licence is damaged."),
  N_ ("The licence has no features."),
  N_ ("The line “{1}” stands at the wrong place."),
  N_ ("The licence has the feature “{1}” twice."),
  N_ ("The issuer “{1}” is not known to this server; put its public key into the folder of "
      "issuers."),
  N_ ("The signature does not fit: the licence was changed, or “{1}” did not issue it."),
  N_ ("The licence “{1}” is bound to other servers."),
  N_ ("The licence “{1}” is installed with revision {2}; revision {3} is older."),
  N_ ("The licence “{1}” is installed with the same revision and other content; ask its issuer for "
      "a higher revision."),
  N_ ("The licence {1} is installed on the partner of this server, and may be valid on one of the "
      "two only; remove it there first"),
  N_ ("{1} leases live on the licence {2}; end them first, or force the removal"),
  N_ ("A lease lives on the licence {1}; end it first, or force the removal"),
  N_ ("This change would keep {1} out and cut the relationship with it; force it if that is meant"),
  N_ ("This change would keep you out of this server's administration from {1}; force it if that "
      "is meant"),
  N_ ("A drill needs all servers connected and synchronised, but '{1}' and '{2}' are not "
      "connected."),
  N_ ("A drill needs all servers connected and synchronised, but '{1}' and '{2}' are not "
      "synchronised."),
  N_ ("A failover drill is under way; try again when it has ended."),
  N_ ("The server '{1}' is just changing who belongs together."),
  N_ ("The clients are just being moved to another server; try again in a moment."),
  N_ ("The server '{1}' is in maintenance; end that first."),
  N_ ("The clients of the server '{1}' have to be given back first."),
  N_ ("The server '{1}' is not connected, so it cannot take over."),
  N_ ("The server '{1}' is not synchronised, so it cannot take over."),
  N_ ("Only the main server of a pair hands over; this is the backup server."),
  N_ ("No server is active, so none can take over."),
  N_ ("A drill begins at the main server; this is the backup server."),
  N_ ("A drill begins at the active server of the triad."),
  N_ ("The server '{1}' has no seat that its partner covers: this would be an outage, not a drill. "
      "Give its partner licences for the same features, or force the drill to let work stand "
      "still."),
  N_ ("This server stopped serving before the drill began."),
  N_ ("The other server did not become active in time."),
  N_ ("No other server took over in that time."),
  N_ ("The server that served before did not come to serve again in time."),
  N_ ("The server was restarted in the middle of the drill."),
  N_ ("The relationship ended in the middle of the drill."),
  N_ ("Sign in as an administrator of this server: the token is missing, unknown or has expired"),
  N_ ("No rule of this server lets {1} administer it from {2}"),
  N_ ("This server keeps at most {1} licences with {2} features; remove some first"),
  N_ ("This server keeps at most {1} rules; remove some first"),
  N_ ("A server cannot invite itself; name the server that coordinates"),
  N_ ("Only the active server of the triad can replace a member; ask that one."),
  N_ ("That server is no member of the triad '{1}'."),
  N_ ("The active server '{1}' cannot replace itself: switch to another active server first, and "
      "ask that one."),
  N_ ("The new server is a member of the triad already."),
  N_ ("Only the main server '{1}' can make a triad of the pair; ask that one."),
  N_ ("The new server is a member of the relationship already."),
  N_ ("Another change of the relationship is under way with the server '{1}'."),
  N_ ("Say which server keeps the licences and leases; it must be a member of the triad."),
  N_ ("Only the active server surely holds everything, and that is '{1}'. Let it keep the licences "
      "and leases, or hand over first to the server that shall."),
  N_ ("The server '{1}' is not connected and synchronised. End the relationship by force if it "
      "will not be soon; it learns of it when it comes back."),
  N_ ("The server '{1}' belongs to the relationship '{2}' already; dissolve that first."),
  N_ ("The server '{1}' belongs to a relationship already."),
  N_ ("Another relationship is being formed with the server '{1}'."),
  N_ ("The relationship is decided and is being carried through; dissolve it instead."),
  N_ ("An administrator ended the preparation on the other server; all are as before."),
  N_ ("Another server became the active one before it was decided; all are as before."),
  N_ ("Another server became the active one meanwhile; all are as before. Ask that one."),
  N_ ("It is not known yet whether it was decided: the servers of the triad do not reach each "
      "other. It is carried through, or nothing changes, as soon as they do."),
  N_ ("'{1}' is not connected; nothing can be synchronised."),
  N_ ("Synchronisation with '{1}' takes longer; it goes on."),
  N_ ("Only the primary or the secondary server can be active."),
  N_ ("The server '{1}' is reached: two servers are a majority, nothing has to be recovered by "
      "force. Replace the third one instead."),
  N_ ("The main server '{1}' is not connected; resolve the conflict there or later."),
  N_ ("There is no rule {1}; add it with POST"),
  N_ ("There is no rule {1}"),
  N_ ("The rule {1} is for {2}; what a rule is for cannot be changed, make a new one"),
  N_ ("This server has no licence {1}"),
  N_ ("There is no licence {1}"),
  N_ ("This server has no lease {1}"),
  N_ ("Signing in failed too often from {1}; try again in {2} s"),
  N_ ("The server '{1}' is in no relationship."),
  N_ ("The server '{1}' is in no backup relationship."),
  N_ ("The server '{1}' is in no triad."),
  N_ ("The main server '{1}' is not connected; change the options there or later."),
  N_ ("Only the active server surely holds everything, and that is '{1}'. Let it be the "
      "main server, or hand over first to the server that shall be."),
  N_ ("The server '{1}' is not connected and synchronised, so it cannot become the backup "
      "server now."),
  N_ ("Say which two members of the triad go on as main and backup server."),
  N_ ("Only the active server of the triad can make a pair of it; ask that one."),
  N_ ("The server '{1}' is not connected and synchronised, so it cannot become active now."),
  N_ ("Only the active server can hand over, and only to the primary or secondary server."),
  N_ ("A handover is under way already."),
  N_ ("The server that is to become active cannot be reached or is not ready."),
  N_ ("The partner could not be told ({1}). End the relationship by force if it will not "
      "come back soon; it learns of it when it does."),
  N_ ("Type the name of the triad to confirm that its other servers are lost for good."),
  N_ ("Only addresses of members can be changed."),
  N_ ("Say under which address the other server reaches this one."),
  N_ ("No licence server renewed the seat for “{1}” in time: check that one of them can be "
      "reached."),
  N_ ("No licence server answered in time."),
  N_ ("No licence on this server has the feature “{1}” of “{2}”."),
  N_ ("No licence on this server has the feature “{1}”."),
  N_ ("The licences for “{1}” have expired."),
  N_ ("The licences for “{1}” are not valid yet."),
  N_ ("Seats of “{1}” are counted by device: a lease names its device and asks for one seat."),
  N_ ("{1} of {2} seats of “{3}” are in use, and {4} were asked for."),
  N_ ("No two servers of the triad reach each other, so none may serve."),
  N_ ("The servers of the triad reach each other, but do not agree in time on which one "
      "serves: a round trip takes up to {1} ms."),
  N_ ("This server was recovered alone a short while ago. It grants nothing new until what the "
      "lost servers may have granted has run out; what it knows is renewed."),
  N_ ("No two servers of the triad agree in time, so none of them decides now."),
  N_ ("No rule allows this user and computer to use licences."),
  N_ ("The rule “{1}” denies the use of licences."),
  N_ ("The lease “{1}” has ended; ask for a new one under a new id."),
  N_ ("There is no lease “{1}” any more; ask for a new one under a new id."),
  N_ ("The lease “{1}” belongs to another client."),
  N_ ("No licence for “{1}” is valid any more; the lease ends with its time."),
  N_ ("On the server '{1}' no rule lets the other server in; add '{2}' for peers there."),
  N_ ("A password must have {1} to {2} bytes; choose another one."),
  N_ ("The name of an administrator has 1 to {1} letters, digits and any of “._@-”."),
  N_ ("The issuer's secret key is not 32 bytes in base64."),
  N_ ("Main and backup must be two different servers."),
  N_ ("A triad needs three different servers."),
  N_ ("Give the relationship a name."),
  N_ ("Sign in to the main server first."),
  N_ ("Sign in to the primary server first."),
  N_ ("The member “{1}” is missing."),
  N_ ("The member “{1}” is not known here."),
  N_ ("The member “{1}” must be a text of {2} to {3} bytes."),
  N_ ("The member “{1}” must be a whole number from {2} to {3}."),
  N_ ("The member “{1}” must be true or false."),
  N_ ("The member “{1}” must be an object."),
  N_ ("The member “{1}” must be an array of at most {2} elements."),
  N_ ("The member “{1}” must hold texts of at most {2} bytes only."),
  N_ ("The member “{1}” must be a time with its zone, such as 2030-01-31T00:00:00Z."),
  N_ ("The member “{1}” must be letters, digits, dots, dashes or underscores."),
  N_ ("The member “{1}” must be lease or device."),
  N_ ("The member “{1}” must not be before not_before."),
  N_ ("The member “{1}” must name no server, one, or three."),
  N_ ("The member “{1}” must hold server ids of 64 hexadecimal digits."),
  N_ ("The member “{1}” must not name a server twice."),
  N_ ("The member “{1}” must be one line without spaces around it."),
  N_ ("The text is not valid JSON: there is {1} at byte {2}."),
  N_ ("{1} did not answer in time."),
  N_ ("{1} cannot be reached: {2}."),
};

/* What the library says at the end of why there is no connection. */
static const struct
{
  const char *said;
  const char *words;
} causes[] = {
  { "Connection refused", N_ ("the connection was refused") },
  { "Connection timed out", N_ ("no answer came") },
  { "Socket I/O timed out", N_ ("no answer came") },
  { "No route to host", N_ ("no way leads to that computer") },
  { "Network is unreachable", N_ ("no way leads to that network") },
};

#define N_VALUES 4

/* Where the next place holder of @pattern begins, or its end. */
static const char *
find_place (const char *pattern)
{
  const char *open = strchr (pattern, '{');

  return open != NULL ? open : pattern + strlen (pattern);
}

/* Reads what stands in @text where @pattern has place holders; values borrow nothing. */
static gboolean
match (const char *pattern, const char *text, char *values[N_VALUES])
{
  for (;;)
    {
      const char *place = find_place (pattern);
      gsize fixed = (gsize) (place - pattern);
      const char *next, *after, *end;
      gsize index;

      if (strncmp (text, pattern, fixed) != 0)
        return FALSE;
      text += fixed;
      if (*place == '\0')
        return *text == '\0';
      index = (gsize) (place[1] - '1');
      next = place + strlen ("{1}");
      after = find_place (next);
      if (after == next)
        end = text + strlen (text);
      else
        {
          g_autofree char *between = g_strndup (next, (gsize) (after - next));

          /* What is last must reach the end, whatever the value holds. */
          end = *after == '\0' ? g_strrstr (text, between) : strstr (text, between);
        }
      if (end == NULL || index >= N_VALUES)
        return FALSE;
      g_free (values[index]);
      values[index] = g_strndup (text, (gsize) (end - text));
      text = end;
      pattern = next;
    }
}

static const char *
find_cause (const char *value)
{
  const char *last = g_strrstr (value, ": ");
  const char *said = last != NULL ? last + strlen (": ") : value;

  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    if (strcmp (causes[i].said, said) == 0)
      return _ (causes[i].words);
  return value;
}

/* What stands in the midst of a sentence may be one itself. (transfer full) */
static char *
translate_value (const char *value)
{
  char *words = trias_detail_words (value);

  if (words == NULL)
    return g_strdup (find_cause (value));
  if (g_str_has_suffix (words, "."))
    words[strlen (words) - 1] = '\0';
  return words;
}

static char *
fill_in (const char *pattern, char *const values[N_VALUES])
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (*pattern != '\0')
    {
      const char *place = find_place (pattern);

      g_string_append_len (text, pattern, place - pattern);
      pattern = place;
      if (*place == '\0')
        break;
      if (place[1] >= '1' && place[1] < '1' + N_VALUES && values[place[1] - '1'] != NULL)
        {
          g_autofree char *value = translate_value (values[place[1] - '1']);

          g_string_append (text, value);
        }
      pattern = place + strlen ("{1}");
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
trias_detail_words (const char *sentence)
{
  char *found = NULL;

  for (guint i = 0; sentence != NULL && i < G_N_ELEMENTS (sentences) && found == NULL; i++)
    {
      char *values[N_VALUES] = { NULL };

      if (match (sentences[i], sentence, values))
        found = fill_in (_ (sentences[i]), values);
      for (guint v = 0; v < N_VALUES; v++)
        g_free (values[v]);
    }
  return found;
}

GError *
trias_detail_words_refusal (const GError *error)
{
  g_autofree char *detail = trias_detail_words (error->message);

  if (detail == NULL)
    return g_error_copy (error);
  return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, detail);
}
