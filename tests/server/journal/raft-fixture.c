/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "raft-fixture.h"

typedef struct
{
  struct raft_apply request;
  Fixture *fixture;
  char letter;
} Proposal;

static int
apply (struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
  GString *applied = fsm->data;

  g_string_append_c (applied, *(const char *) buffer->base);
  *result = NULL;
  return 0;
}

static int
snapshot (struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *n)
{
  return RAFT_NOMEM;
}

static int
restore (struct raft_fsm *fsm, struct raft_buffer *buffer)
{
  return RAFT_NOMEM;
}

Fixture *
fixture_new (guint left_out)
{
  Fixture *self = g_new0 (Fixture, 1);
  struct raft_configuration configuration;

  self->committed = g_string_new (NULL);
  g_assert_cmpint (raft_fixture_initialize (&self->world), ==, 0);
  for (guint i = 0; i < FIXTURE_SERVERS; i++)
    {
      self->applied[i] = g_string_new (NULL);
      self->fsms[i] = (struct raft_fsm){ .version = 1,
                                         .data = self->applied[i],
                                         .apply = apply,
                                         .snapshot = snapshot,
                                         .restore = restore };
      g_assert_cmpint (raft_fixture_grow (&self->world, &self->fsms[i]), ==, 0);
      trias_raft_guard_init (&self->guards[i], fixture_raft (self, i), left_out, NULL, NULL);
    }
  raft_fixture_configuration (&self->world, FIXTURE_SERVERS, &configuration);
  g_assert_cmpint (raft_fixture_bootstrap (&self->world, &configuration), ==, 0);
  raft_configuration_close (&configuration);
  return self;
}

void
fixture_free (Fixture *self)
{
  raft_fixture_close (&self->world);
  for (guint i = 0; i < FIXTURE_SERVERS; i++)
    g_string_free (self->applied[i], TRUE);
  g_string_free (self->committed, TRUE);
  g_free (self);
}

struct raft *
fixture_raft (Fixture *self, guint i)
{
  return raft_fixture_get (&self->world, i);
}

void
fixture_disk (Fixture *self, guint i, raft_term term, char letter)
{
  struct raft_entry entry = { .term = term, .type = RAFT_COMMAND };

  entry.buf.base = raft_calloc (1, 8);
  entry.buf.len = 8;
  *(char *) entry.buf.base = letter;
  raft_fixture_add_entry (&self->world, i, &entry);
}

void
fixture_start (Fixture *self, raft_term term)
{
  for (guint i = 0; i < FIXTURE_SERVERS; i++)
    raft_fixture_set_term (&self->world, i, term);
  g_assert_cmpint (raft_fixture_start (&self->world), ==, 0);
}

void
fixture_cut (Fixture *self, guint a, guint b)
{
  raft_fixture_disconnect (&self->world, a, b);
  raft_fixture_disconnect (&self->world, b, a);
}

void
fixture_join (Fixture *self, guint a, guint b)
{
  raft_fixture_reconnect (&self->world, a, b);
  raft_fixture_reconnect (&self->world, b, a);
}

static void
put_cb (struct raft_apply *request, int status, void *result)
{
  Proposal *proposal = (Proposal *) request;

  if (status == 0)
    g_string_append_c (proposal->fixture->committed, proposal->letter);
  g_free (proposal);
}

void
fixture_put (Fixture *self, guint i, char letter)
{
  struct raft_buffer buffer = { .len = 8 };
  Proposal *proposal = g_new0 (Proposal, 1);

  proposal->fixture = self;
  proposal->letter = letter;
  buffer.base = raft_calloc (1, 8);
  *(char *) buffer.base = letter;
  g_assert_cmpint (raft_apply (fixture_raft (self, i), &proposal->request, &buffer, 1, put_cb), ==,
                   0);
}

void
fixture_prefer (Fixture *self, guint i)
{
  for (guint j = 0; j < FIXTURE_SERVERS; j++)
    raft_fixture_set_randomized_election_timeout (&self->world, j, j == i ? 1000 : 1900);
}

void
fixture_run (Fixture *self, guint ms)
{
  raft_fixture_step_until_elapsed (&self->world, ms);
}

void
fixture_until (Fixture *self, guint i, int state, guint ms)
{
  struct raft *raft = fixture_raft (self, i);

  for (guint n = 0; n < ms && raft_state (raft) != state; n++)
    fixture_run (self, 1);
  g_assert_cmpint (raft_state (raft), ==, state);
}
