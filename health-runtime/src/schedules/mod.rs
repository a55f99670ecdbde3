//! Every order in which threads can meet, run one by one: on the real types, by `scripts/loom`.
//!
//! | file          | what meets                                                | what has to hold |
//! |---------------|-----------------------------------------------------------|------------------|
//! | [`trip`]      | failures, a success                                       | one trip, one epoch, one line in the log; no failure lost |
//! | [`trial`]     | calls and the probe after a cooldown, cancelled, overdue  | one trial; its slot freed once; a late result ends nobody else's |
//! | [`epoch`]     | late results; resets and overrides of operators           | what is of an older epoch changes nothing |
//! | [`refusal`]   | a question without the lock; overrides and resets         | what is told is of one state |
//! | [`several`]   | calls over the same dependencies                          | all places or none, no deadlock |
//! | [`evidence`]  | successes; ticks, voids, failures                         | the word says "seen" only where there is proof |
//! | [`rates`]     | successes without a lock; resets, other rules             | counted once, and in their epoch |
//! | [`policy`]    | a swap; failures, another swap                            | neither is lost; one whole policy is in force |
//! | [`gate`]      | grants and questions; failures, other policies, declarations | nothing granted across what was known before |
//! | [`budget`]    | takers, calls that end, refunds, a smaller budget         | never given out twice |
//! | [`bulkhead`]  | arrivals, calls that end, waiters, another size           | never above the cap; a place is given on |
//! | [`keyed`]     | new keys; a lowered cap                                   | one circuit for each, never above the cap |
//! | [`probe`]     | a loop that begins; another declaration                   | who is the trial is by what is in force |
//! | [`scope`]     | scopes that come, go and change threads                   | who is inside one sees it |
//!
//! [`explore`] runs a model and counts its schedules, [`house`] has what they have in common, and
//! [`story`] hears what they tell. Each model names the outcomes that have to come up, so that one in
//! which the same side always wins fails.
//!
//! Two threads are run in all their orders where that ends within a minute; other models say by how
//! many preemptions they are bounded. What loom cannot see, and where it is helped, is in
//! `sync_loom.rs`. Besides, it keeps the last seven values of an atomic, and takes an atomic operation
//! for done when its time comes: a load that the processor does before an earlier one is tried, one
//! that it puts off behind a later write is not.

mod budget;
mod bulkhead;
mod epoch;
mod evidence;
mod explore;
mod gate;
mod house;
mod keyed;
mod policy;
mod probe;
mod rates;
mod refusal;
mod scope;
mod several;
mod story;
mod trial;
mod trip;
