//! The contract of the safety gate.
//!
//! The modules of the first group are named after the ways in which real guards have failed. Those
//! of the second are the conditions under which something may be destroyed, one by one.
#![allow(
    clippy::field_reassign_with_default,
    reason = "one change to the plan is one line"
)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod a_breaker_around_the_guard_opened_and_that_said_allow;
mod a_read_error_left_the_default_running_on_first_touch;
mod could_not_check_looked_like_checked_and_fine;
mod evidence_from_before_the_blackout_was_trusted_after_it;
mod in_flight_destruction_was_not_counted;
mod it_blocked_silently;
mod the_clock_jumped;
mod the_guard_was_too_strict_and_people_turned_it_off;

mod audit;
mod budget;
mod bypass;
mod cold_start;
mod evidence;
mod grant;
mod init;
mod inventory;
mod messages;
mod modes;
mod observer;
mod permit;
mod preflight;
mod preview;
mod settle;
mod state;
mod sweep;
