/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "console-fixture.h"
#include "console/connect/trias-connect-dialog.h"
#include "client/trias-event-words.h"
#include "console/licenses/trias-license-row.h"
#include "client/trias-maintenance-words.h"
#include "client/trias-pair-words.h"
#include "client/trias-rule-words.h"
#include "console/widgets/trias-age.h"
#include "client/trias-detail-words.h"
#include "client/trias-reason-words.h"
#include "core/trias-license.h"
#include "client/trias-check-words.h"
#include "client/trias-setup-private.h"

/* What the two languages say. */
static const char *
say (const char *english, const char *german)
{
  return console_fixture_is_german () ? german : english;
}

static void
test_icons (void)
{
  static const struct
  {
    gboolean connected;
    gboolean synchronised;
    const char *icon;
  } cases[] = { { TRUE, TRUE, "trias-connected-synchronised-symbolic" },
                { TRUE, FALSE, "trias-connected-unsynchronised-symbolic" },
                { FALSE, TRUE, "trias-disconnected-synchronised-symbolic" },
                { FALSE, FALSE, "trias-disconnected-unsynchronised-symbolic" } };
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gdk_display_get_default ());

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TriasLinkState state = trias_link_state (cases[i].connected, cases[i].synchronised);

      g_assert_cmpstr (trias_pair_words_icon (state), ==, cases[i].icon);
      g_assert_true (gtk_icon_theme_has_icon (theme, cases[i].icon));
      for (guint other = 0; other < i; other++)
        g_assert_cmpstr (trias_pair_words_state (state), !=,
                         trias_pair_words_state (
                             trias_link_state (cases[other].connected, cases[other].synchronised)));
    }
}

static void
test_status (void)
{
  TriasPairFacts facts = { .name = "a", .partner = "b", .reached = TRUE, .online = TRUE };
  g_autofree char *well = NULL;
  g_autofree char *one = NULL;
  g_autofree char *many = NULL;
  g_autofree char *apart = NULL;

  facts.connected = facts.synchronised = TRUE;
  well = trias_pair_words_status (&facts, 1000000);
  g_assert_cmpstr (well, ==, say ("Connected and synchronised", "Verbunden und synchronisiert"));
  g_assert_false (trias_pair_words_ages (&facts));

  facts.synchronised = FALSE;
  facts.sync_reason = TRIAS_LAG_PENDING;
  facts.pending = 1;
  one = trias_pair_words_status (&facts, 1000000);
  g_assert_cmpstr (one, ==,
                   say ("Connected, not synchronised · changes are being sent · 1 change pending",
                        "Verbunden, nicht synchronisiert · Änderungen werden gesendet · "
                        "1 Änderung ausstehend"));
  facts.pending = 3;
  many = trias_pair_words_status (&facts, 1000000);
  g_assert_nonnull (strstr (many, say ("3 changes pending", "3 Änderungen ausstehend")));

  facts.connected = FALSE;
  facts.connected_since = 1000000 - 12000;
  facts.connect_reason = TRIAS_LAG_UNREACHABLE;
  apart = trias_pair_words_status (&facts, 1000000);
  g_assert_true (g_str_has_prefix (
      apart, say ("Neither connected nor synchronised · for 12 s · no answer from the partner",
                  "Weder verbunden noch synchronisiert · seit 12 s · keine Antwort vom Partner")));
  g_assert_true (trias_pair_words_ages (&facts));
}

static void
test_why (void)
{
  for (int lag = TRIAS_LAG_NONE; lag <= TRIAS_LAG_CONFLICT; lag++)
    for (int bits = 0; bits < 4; bits++)
      {
        TriasPairFacts facts = { .name = "eins",
                                 .partner = "zwei",
                                 .connected = (bits & 1) != 0,
                                 .synchronised = (bits & 2) != 0,
                                 .connect_reason = (TriasLag) lag,
                                 .sync_reason = (TriasLag) lag };
        g_autofree char *why = trias_pair_words_why (&facts, 0);

        g_assert_cmpuint (strlen (why), >, 40);
        g_assert_null (strchr (why, '%'));
        g_assert_null (strstr (why, "$s"));
      }
}

static void
assert_outlook (const TriasPairOutlook *outlook,
                const char *english,
                const char *german,
                gboolean trouble)
{
  g_autofree char *text = trias_pair_words_outlook (outlook);

  g_assert_cmpstr (text, ==, say (english, german));
  g_assert_cmpint (trias_pair_outlook_is_trouble (outlook), ==, trouble);
}

static void
test_outlook (void)
{
  TriasPairOutlook outlook = { .main = "druck-a",
                               .backup = "druck-b",
                               .main_online = TRUE,
                               .backup_online = TRUE,
                               .connected = TRUE,
                               .synchronised = TRUE,
                               .known = TRUE,
                               .covered = 12,
                               .total = 20 };

  assert_outlook (&outlook, "If “druck-a” fails, “druck-b” takes over: 12 of 20 seats are covered.",
                  "Fällt „druck-a“ aus, übernimmt „druck-b“: abgedeckt sind 12 von 20 Plätzen.",
                  TRUE);
  outlook.covered = outlook.total = 1;
  assert_outlook (&outlook, "If “druck-a” fails, “druck-b” takes over: 1 of 1 seat is covered.",
                  "Fällt „druck-a“ aus, übernimmt „druck-b“: abgedeckt ist 1 von 1 Platz.", FALSE);
  outlook.backup_online = FALSE;
  assert_outlook (
      &outlook, "“druck-b” is not reachable. If “druck-a” fails now, production stands still.",
      "„druck-b“ ist nicht erreichbar. Fällt jetzt „druck-a“ aus, steht die Produktion still.",
      TRUE);
  outlook.main_online = FALSE;
  outlook.backup_online = TRUE;
  assert_outlook (
      &outlook,
      "“druck-a” is not reachable; “druck-b” serves the clients. If “druck-b” fails too, "
      "production stands still.",
      "„druck-a“ ist nicht erreichbar; „druck-b“ bedient die Clients. Fällt auch „druck-b“ "
      "aus, steht die Produktion still.",
      TRUE);
  outlook.total = 20;
  outlook.covered = 12;
  assert_outlook (
      &outlook,
      "“druck-a” is not reachable; “druck-b” serves the clients with 12 of 20 seats. If “druck-b” "
      "fails too, production stands still.",
      "„druck-a“ ist nicht erreichbar; „druck-b“ bedient die Clients mit 12 von 20 Plätzen. Fällt "
      "auch „druck-b“ aus, steht die Produktion still.",
      TRUE);
  outlook.covered = 0;
  assert_outlook (
      &outlook,
      "“druck-a” is not reachable, and “druck-b” covers none of its seats: work under its licences "
      "stands still. Bring “druck-a” back, or install licences for the same features on “druck-b”.",
      "„druck-a“ ist nicht erreichbar, und „druck-b“ deckt keinen seiner Plätze ab: Arbeit unter "
      "seinen Lizenzen steht still. Bringen Sie „druck-a“ zurück, oder installieren Sie auf "
      "„druck-b“ Lizenzen für dieselben Funktionen.",
      TRUE);
}

static void
assert_aside (TriasMaintenance *aside,
              TriasUnsafe unsafe,
              const char *other,
              const char *english,
              const char *german)
{
  g_autoptr (TriasRelationship) relationship = trias_relationship_new ("r", "R", TRIAS_KIND_BACKUP);
  g_autofree char *text = NULL;

  trias_maintenance_set_unsafe (aside, unsafe, other);
  text = trias_maintenance_words_state (aside, relationship, TRUE);
  g_assert_cmpstr (text, ==, say (english, german));
}

static void
test_maintenance (void)
{
  g_autoptr (TriasMaintenance) aside = trias_maintenance_new ("a", TRIAS_ASIDE_MAINTENANCE);
  TriasPairFacts facts = { .name = "druck-a", .reached = TRUE, .aside = aside };
  TriasPairOutlook outlook = { .main = "druck-a",
                               .backup = "druck-b",
                               .main_online = TRUE,
                               .backup_online = TRUE,
                               .backup_serves = TRUE,
                               .aside = aside,
                               .aside_name = "druck-a" };
  g_autofree char *state = NULL, *online = NULL, *offline = NULL;

  assert_aside (aside, TRIAS_UNSAFE_ACTIVE, NULL,
                "In maintenance – do not switch off yet: it still serves clients",
                "In Wartung – noch nicht ausschalten: er bedient noch Clients");
  assert_aside (aside, TRIAS_UNSAFE_DISCONNECTED, "druck-b",
                "In maintenance – do not switch off yet: “druck-b” is not connected",
                "In Wartung – noch nicht ausschalten: „druck-b“ ist nicht verbunden");
  aside->left = 1;
  assert_aside (aside, TRIAS_UNSAFE_LEASES, NULL,
                "In maintenance – do not switch off yet: 1 seat has not moved yet",
                "In Wartung – noch nicht ausschalten: 1 Platz ist noch nicht umgezogen");
  assert_aside (aside, TRIAS_UNSAFE_NONE, NULL, "In maintenance – can be switched off now",
                "In Wartung – kann jetzt ausgeschaltet werden");
  offline = trias_maintenance_words_state (aside, NULL, FALSE);
  g_assert_cmpstr (offline, ==, say ("In maintenance, offline", "In Wartung, offline"));
  aside->kept = 3;
  assert_aside (aside, TRIAS_UNSAFE_NONE, NULL,
                "In maintenance – do not switch off yet: 3 seats are held that no other server can "
                "go on with",
                "In Wartung – noch nicht ausschalten: 3 Plätze sind belegt, die kein anderer "
                "Server weiterführen kann");

  state = g_strdup (say ("In maintenance – can be switched off now",
                         "In Wartung – kann jetzt ausgeschaltet werden"));
  facts.maintenance = outlook.maintenance = state;
  online = trias_pair_words_online (&facts, 0);
  g_assert_cmpstr (online, ==, state);
  assert_outlook (
      &outlook,
      "“druck-b” serves the clients. “druck-a”: In maintenance – can be switched off now.",
      "„druck-b“ bedient die Clients. „druck-a“: In Wartung – kann jetzt ausgeschaltet werden.",
      TRUE);
  aside->why = TRIAS_ASIDE_FAILBACK;
  assert_outlook (&outlook, "“druck-b” serves the clients of “druck-a” until they are given back.",
                  "„druck-b“ bedient die Clients von „druck-a“, bis sie zurückgegeben werden.",
                  TRUE);
}

static void
test_ages (void)
{
  static const struct
  {
    gint64 age_ms;
    const char *english;
    const char *german;
  } cases[] = { { 3000, "3 s ago", "vor 3 s" },
                { 59999, "59 s ago", "vor 59 s" },
                { 120000, "2 min ago", "vor 2 min" },
                { 7200000, "2 h ago", "vor 2 h" },
                { 48 * 3600000, "2 days ago", "vor 2 Tagen" },
                { -5000, "0 s ago", "vor 0 s" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = trias_age_format (10 * 86400000LL, 10 * 86400000LL + cases[i].age_ms);

      g_assert_cmpstr (text, ==, say (cases[i].english, cases[i].german));
    }
}

static const char *
name_druck_b (const char *id, gpointer user_data)
{
  return "druck-b";
}

static void
test_rules (void)
{
  g_autofree char *key = g_strnfill (64, 'a');
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasRule) rule
      = trias_rule_new (NULL, TRIAS_SCOPE_PEER, TRIAS_EFFECT_ALLOW, TRIAS_WHO_KEY, key,
                        TRIAS_WHERE_ADDRESS, "127.0.0.3", "", &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = trias_rule_words_explain (rule, name_druck_b, NULL);
  g_assert_cmpstr (text, ==,
                   say ("Lets the licence server “druck-b” from 127.0.0.3 in as a partner",
                        "Lässt Lizenzserver „druck-b“ von 127.0.0.3 als Partner zu"));
}

static void
assert_detail (const char *sentence, const char *english, const char *german)
{
  g_autofree char *words = trias_detail_words (sentence);

  g_assert_cmpstr (words, ==, say (english, german));
}

/* What servers say in English reaches a German reader in German, with its names and numbers. */
static void
test_details (void)
{
  g_autoptr (GError) refused = NULL;
  g_autoptr (GError) damaged = NULL;
  g_autoptr (GError) other = NULL;
  g_autofree char *refused_text = NULL;
  g_autofree char *damaged_text = NULL;
  g_autofree char *other_text = NULL;
  g_autofree char *folder = g_dir_make_tmp ("trias-issuers-XXXXXX", NULL);
  g_autoptr (TriasIssuers) issuers = trias_issuers_load (folder, NULL);

  assert_detail ("The licence “a, “b” {1}” is installed with revision 3; revision 12 is older.",
                 "The licence “a, “b” {1}” is installed with revision 3; revision 12 is older.",
                 "Die Lizenz „a, “b” {1}“ ist mit Revision 3 installiert; Revision 12 ist älter.");
  assert_detail ("7 leases live on the licence L-1; end them first, or force the removal",
                 "7 leases live on the licence L-1; end them first, or force the removal",
                 "7 belegte Plätze hängen an der Lizenz L-1. Beenden Sie diese zuerst, oder "
                 "entfernen Sie die Lizenz trotzdem.");
  assert_detail ("A lease lives on the licence L-1; end it first, or force the removal",
                 "A lease lives on the licence L-1; end it first, or force the removal",
                 "Ein belegter Platz hängt an der Lizenz L-1. Beenden Sie ihn zuerst, oder "
                 "entfernen Sie die Lizenz trotzdem.");
  assert_detail ("The member “features.seats” must be a whole number from 1 to 10.",
                 "The member “features.seats” must be a whole number from 1 to 10.",
                 "Das Feld „features.seats“ muss eine ganze Zahl von 1 bis 10 sein.");
  assert_detail ("The partner could not be told (127.0.0.3:7643 cannot be reached: Could not "
                 "connect to 127.0.0.3: Connection refused.). End the relationship by force if it "
                 "will not come back soon; it learns of it when it does.",
                 "The partner could not be told (127.0.0.3:7643 cannot be reached: the connection "
                 "was refused). End the relationship by force if it will not come back soon; it "
                 "learns of it when it does.",
                 "Dem Partner konnte es nicht mitgeteilt werden (127.0.0.3:7643 ist nicht "
                 "erreichbar: die Verbindung wurde abgelehnt). Kommt er nicht bald zurück, heben "
                 "Sie die Beziehung trotzdem auf; er erfährt davon, wenn er zurück ist.");
  assert_detail ("Only the active server surely holds everything, and that is 'druck-p'. Let it be "
                 "the main server, or hand over first to the server that shall be.",
                 "Only the active server surely holds everything, and that is 'druck-p'. Let it be "
                 "the main server, or hand over first to the server that shall be.",
                 "Nur der aktive Server hat sicher alles, und das ist „druck-p“. Lassen Sie ihn "
                 "Hauptserver werden, oder übergeben Sie zuerst an den Server, der es werden "
                 "soll.");
  assert_detail ("No licence on this server has the feature “rip” of “Druckfabrik”.",
                 "No licence on this server has the feature “rip” of “Druckfabrik”.",
                 "Keine Lizenz auf diesem Server hat die Funktion „rip“ von „Druckfabrik“.");
  assert_detail ("No licence server renewed the seat for “rip” in time: check that one of them can "
                 "be reached.",
                 "No licence server renewed the seat for “rip” in time: check that one of them can "
                 "be reached.",
                 "Kein Lizenzserver hat den Platz für „rip“ rechtzeitig verlängert: Prüfen Sie, ob "
                 "einer von ihnen erreichbar ist.");
  g_assert_null (trias_detail_words ("The licence “"));
  g_assert_null (trias_detail_words (""));
  g_assert_null (trias_detail_words ("Something that a newer server says."));

  g_assert_null (trias_license_parse ("no licence", 10, issuers, &damaged));
  damaged_text = trias_reason_words_error (damaged);
  g_assert_nonnull (strstr (damaged_text, say ("The text holds no Trias licence.",
                                               "Der Text enthält keine Trias-Lizenz.")));
  g_assert_null (strstr (damaged_text, say ("Message of", "Meldung des")));
  refused = g_error_new (TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE,
                         "This change would keep druck-b out and cut the relationship with it; "
                         "force it if that is meant");
  refused_text = trias_reason_words_error (refused);
  g_assert_nonnull (
      strstr (refused_text, say ("keep druck-b out", "würde „druck-b“ ausschließen")));
  g_assert_null (strstr (refused_text, say ("Message of", "This change")));
  /* The exact sentence says all: a general one before it would only be read in vain. */
  g_assert_null (strstr (refused_text, say ("A relationship needs", "Eine Beziehung braucht")));
  other = g_error_new (TRIAS_ERROR, TRIAS_REASON_BUSY, "A newer server's sentence.");
  other_text = trias_reason_words_error (other);
  g_assert_null (strstr (other_text, "newer"));
  g_rmdir (folder);
}

static void
test_events (void)
{
  g_autoptr (TriasEvent) event = trias_event_new (0, "license-installed", "lic-a");
  g_autoptr (TriasEvent) unknown = trias_event_new (0, "something-newer", "");
  g_autoptr (TriasEvent) lost = trias_event_new (0, "quorum-lost", "rel");
  g_autofree char *slow = NULL;
  g_autofree char *text = NULL;
  g_autofree char *raw = trias_event_words_describe (unknown, NULL, NULL);

  trias_event_param (event, "product", "{actor} %s");
  text = trias_event_words_describe (event, NULL, NULL);
  g_assert_cmpstr (text, ==,
                   say ("The licence for “{actor} %s” was installed",
                        "Die Lizenz für „{actor} %s“ wurde installiert"));
  g_assert_cmpstr (raw, ==, "something-newer");
  trias_event_param (lost, "name", "Halle 2");
  trias_event_param (lost, "round_trip_ms", "420");
  slow = trias_event_words_describe (lost, NULL, NULL);
  g_assert_cmpstr (
      slow, ==,
      say (
          "No server of the triad “Halle 2” may serve: they reach each other, but do "
          "not agree on one in time; a round trip takes up to 420 ms",
          "Kein Server der Triade „Halle 2“ darf bedienen: Sie erreichen einander, "
          "einigen sich aber nicht rechtzeitig auf einen; hin und zurück dauert es bis zu 420 ms"));
}

static void
test_reasons (void)
{
  for (int reason = TRIAS_REASON_BAD_REQUEST; reason < TRIAS_N_REASONS; reason++)
    {
      const char *text = trias_reason_words ((TriasReason) reason);

      g_assert_cmpuint (strlen (text), >, 10);
      if (console_fixture_is_german ())
        g_assert_false (g_str_has_prefix (text, "The "));
    }
}

static void
test_validity (void)
{
  g_autofree char *until = trias_license_row_describe_validity ("valid", 1814313600000);
  g_autofree char *none = trias_license_row_describe_validity ("valid", 0);
  g_autofree char *resting = trias_license_row_describe_validity ("resting", 0);

  g_assert_cmpstr (until, ==, say ("Valid until 2027-06-30", "Gültig bis 30.06.2027"));
  g_assert_cmpstr (none, ==, say ("Valid without limit", "Unbegrenzt gültig"));
  g_assert_cmpstr (resting, ==,
                   say ("Bound to one server alone; not served while there is a triad",
                        "An einen Server allein gebunden; wird nicht angeboten, solange es eine "
                        "Triade gibt"));
}

static void
test_fingerprint (void)
{
  g_autofree char *text
      = trias_connect_dialog_format_fingerprint ("0123456789abcdef0123456789abcdef");

  g_assert_cmpstr (text, ==, "0123 4567 89AB CDEF\n0123 4567 89AB CDEF");
}

/* What the check of a triad says of what "b" has of its own. (transfer full) */
static char *
explain_own (TriasCheckState state, const char *license, const char *leases, gboolean discarded)
{
  g_autoptr (TriasSetup) setup = trias_setup_new_present (TRIAS_KIND_TRIAD);
  g_autoptr (TriasCheckItem) item = trias_check_item_new ();
  g_autoptr (TriasCheck) check = trias_check_new ("licenses", "1", "2", state);

  trias_check_param (check, "server_name", "b");
  trias_check_param (check, "peer_name", "a");
  trias_check_param (check, "leases", leases);
  if (license != NULL)
    trias_check_param (check, "license", license);
  if (discarded)
    trias_check_param (check, "discarded", "true");
  trias_check_item_set (item, setup, check);
  return trias_check_words_explain (item);
}

/* A pair must not host the same twice, a triad must: the words may not be those of a pair. */
static void
test_own (void)
{
  g_autofree char *passed = explain_own (TRIAS_CHECK_PASSED, NULL, "0", FALSE);
  g_autofree char *license = explain_own (TRIAS_CHECK_FAILED, "rip-1", "0", FALSE);
  g_autofree char *leases = explain_own (TRIAS_CHECK_FAILED, NULL, "1", FALSE);
  g_autofree char *aside = explain_own (TRIAS_CHECK_WARNING, "rip-1", "2", TRUE);

  g_assert_cmpstr (passed, ==,
                   say ("“b” has nothing of its own that would be lost.",
                        "„b“ hat nichts Eigenes, das verloren ginge."));
  g_assert_nonnull (strstr (license, say ("“b” has the licence “rip-1” of its own",
                                          "„b“ hat die eigene Lizenz „rip-1“")));
  g_assert_cmpstr (leases, ==,
                   say ("Clients of “b” hold 1 seat there. Wait until it is given back, or release "
                        "it.",
                        "Clients von „b“ belegen dort 1 Platz. Warten Sie, bis er zurückgegeben "
                        "ist, oder geben Sie ihn frei."));
  g_assert_nonnull (
      strstr (aside, say ("it keeps them in a file", "er bewahrt sie in einer Datei")));
}

/* What the check of a triad says of a licence that is bound to "a" alone. (transfer full) */
static char *
explain_resting (TriasCheckState state, const char *used)
{
  g_autoptr (TriasSetup) setup = trias_setup_new_present (TRIAS_KIND_TRIAD);
  g_autoptr (TriasCheckItem) item = trias_check_item_new ();
  g_autoptr (TriasCheck) check = trias_check_new ("resting", "1", "", state);

  trias_check_param (check, "server_name", "a");
  trias_check_param (check, "license", "rip-1");
  if (used != NULL)
    {
      trias_check_param (check, "feature", "rip");
      trias_check_param (check, "used", used);
      trias_check_param (check, "seats", "0");
    }
  trias_check_item_set (item, setup, check);
  return trias_check_words_explain (item);
}

static void
test_resting (void)
{
  g_autofree char *rests = explain_resting (TRIAS_CHECK_WARNING, NULL);
  g_autofree char *one = explain_resting (TRIAS_CHECK_FAILED, "1");
  g_autofree char *more = explain_resting (TRIAS_CHECK_FAILED, "3");

  g_assert_cmpstr (rests, ==,
                   say ("The licence “rip-1” is bound to “a” alone and does not serve in a triad. "
                        "Install one for the three servers.",
                        "Die Lizenz „rip-1“ ist allein an „a“ gebunden und gilt in einer Triade "
                        "nicht. Installieren Sie eine für die drei Server."));
  g_assert_nonnull (strstr (one, say ("1 seat of “rip” is in use and the triad would have 0",
                                      "1 Platz von „rip“ ist belegt, und die Triade hätte 0")));
  g_assert_nonnull (strstr (more, say ("3 seats of “rip” are in use and the triad would have 0",
                                       "3 Plätze von „rip“ sind belegt, und die Triade hätte 0")));
}

int
main (int argc, char **argv)
{
  console_fixture_init (&argc, &argv);
  g_test_add_func ("/words/icons", test_icons);
  g_test_add_func ("/words/status", test_status);
  g_test_add_func ("/words/why", test_why);
  g_test_add_func ("/words/outlook", test_outlook);
  g_test_add_func ("/words/maintenance", test_maintenance);
  g_test_add_func ("/words/ages", test_ages);
  g_test_add_func ("/words/rules", test_rules);
  g_test_add_func ("/words/details", test_details);
  g_test_add_func ("/words/events", test_events);
  g_test_add_func ("/words/reasons", test_reasons);
  g_test_add_func ("/words/own", test_own);
  g_test_add_func ("/words/resting", test_resting);
  g_test_add_func ("/words/validity", test_validity);
  g_test_add_func ("/words/fingerprint", test_fingerprint);
  return g_test_run ();
}
