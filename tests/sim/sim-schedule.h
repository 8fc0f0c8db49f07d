/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sim-cluster.h"

G_BEGIN_DECLS

/* A schedule: what goes wrong, and when. Made from a seed, printed, carried out, and made smaller
 * while it still fails. */

typedef enum
{
  SIM_FAULT_CRASH,         /* who; starts again after lasts */
  SIM_FAULT_CRASH_ALL,     /* everybody; they start again one by one within lasts */
  SIM_FAULT_STOP,          /* who, in good order */
  SIM_FAULT_FREEZE,        /* who takes no turns */
  SIM_FAULT_SLEEP,         /* the same, and its monotonic clock stands still */
  SIM_FAULT_CUT,           /* between who and other, both ways */
  SIM_FAULT_CUT_ONE_WAY,   /* from who to other */
  SIM_FAULT_ISOLATE,       /* who from the other members */
  SIM_FAULT_UNPLUG,        /* who from everybody, clients too */
  SIM_FAULT_CUT_CLIENT,    /* other, a client, from who */
  SIM_FAULT_UNPLUG_CLIENT, /* the client that got a lease last, from everybody */
  SIM_FAULT_LOSS,          /* between who and other; amount percent is sent again */
  SIM_FAULT_DELAY,         /* from who to other, up to amount ms more */
  SIM_FAULT_RESET,         /* the connections between who and other */
  SIM_FAULT_STRAY,         /* a message from who to other comes amount ms later, beside the rest */
  SIM_FAULT_SLOW_DISK,     /* of who, up to amount ms more */
  SIM_FAULT_REFUSE,        /* the disk of who refuses */
  SIM_FAULT_WALL,          /* the wall clock of who jumps by amount ms */
  SIM_FAULT_SAVE,          /* an image of the disk of who is kept */
  SIM_FAULT_OLD_IMAGE,     /* who crashes and comes back with the image kept */
  SIM_FAULT_BLANK,         /* who crashes and comes back with nothing */
  SIM_FAULT_HAND_OVER,     /* to who; pinned for amount ms */
  SIM_FAULT_GIVE_BACK,
  SIM_FAULT_REPLACE, /* member who, by the server of that amount or the next one that is free; -1:
                        the one replaced last */
  SIM_FAULT_QUIET,   /* a drill: who neither sends nor receives */
  SIM_FAULT_MEND,    /* the links of who are healed */
  SIM_FAULT_NOTHING, /* others wait for it */
  SIM_N_FAULTS
} SimFaultKind;

/** Whom a fault meets: a slot, or who has a role when it happens. */
typedef enum
{
  SIM_WHO_1, /* the server that has the slot */
  SIM_WHO_2,
  SIM_WHO_3,
  SIM_WHO_LEADER,
  SIM_WHO_FOLLOWER,       /* the first member that does not lead */
  SIM_WHO_OTHER_FOLLOWER, /* the other one */
  SIM_WHO_MOVED,          /* who the last moment waited for happened to */
  SIM_WHO_REMAINING,      /* who was not struck by the faults 1 and 2 */
  SIM_WHO_REPLACED,       /* who is no member any more, or is about to be none */
  SIM_WHO_NEWCOMER,       /* who is one instead */
  SIM_N_WHO
} SimWho;

/** Whom the fault @id struck. */
#define SIM_WHO_STRUCK(id) (SIM_N_WHO + (id))
#define SIM_MAX_ID 16

typedef struct
{
  SimFaultKind kind;
  guint id;         /* 0 = nothing waits for it */
  guint after;      /* id of the fault after which it may come; 0 = none */
  gint64 at;        /* ms from the start of the schedule, or from that fault */
  SimMoment moment; /* SIM_N_MOMENTS: at that time; else at the next such moment after it */
  guint who;        /* SimWho */
  guint other;      /* SimWho, or a client */
  gint64 lasts;     /* ms */
  gint64 amount;
  gboolean breaks; /* a cut: connections break at once */
} SimFault;

typedef struct
{
  guint64 seed;
  GArray *faults;    /* (owned) (element-type SimFault) */
  gint64 length;     /* ms in which faults begin */
  gint64 delay;      /* of the network, ms at most */
  guint election_ms; /* E */
  gboolean manual;
  gboolean strict; /* one fault: no client may lose a lease */
} SimSchedule;

SimSchedule *sim_schedule_new (guint64 seed, SimBreak breaks);
/** sim-plots.c: several faults that together bring about what chance rarely does. */
void sim_plot_add (SimSchedule *self, SimRandom *random, SimBreak breaks);
SimSchedule *sim_schedule_copy (const SimSchedule *self);
void sim_schedule_free (SimSchedule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimSchedule, sim_schedule_free)
/** One line per fault. (transfer full) */
char *sim_schedule_describe (const SimSchedule *self);
/**
 * Carries it out, heals everything, waits and checks. Returns what was violated, %NULL if nothing.
 * @stats are added to; @trace (nullable) gets the whole story.
 */
char *sim_schedule_run (const SimSchedule *self, SimBreak breaks, SimStats *stats, char **trace);
/** Takes faults away as long as it fails in some way. */
SimSchedule *sim_schedule_shrink (const SimSchedule *self, SimBreak breaks);

G_END_DECLS
