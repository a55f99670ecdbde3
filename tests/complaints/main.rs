//! What users of other libraries complain of, one file for each complaint, by its number in the
//! design of the breaker.
//!
//! Each header names threads of users who met it. Most are about libraries that are good and have
//! since been mended: they are cited as reports of what goes wrong, not as verdicts.

#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

#[path = "01_half_open_is_never_stuck.rs"]
mod n01_half_open_is_never_stuck;
#[path = "02_a_dropped_future_leaks_no_permit.rs"]
mod n02_a_dropped_future_leaks_no_permit;
#[path = "03_a_late_result_changes_nothing.rs"]
mod n03_a_late_result_changes_nothing;
#[path = "04_no_more_trials_than_configured.rs"]
mod n04_no_more_trials_than_configured;
#[path = "05_no_herd_and_no_flapping.rs"]
mod n05_no_herd_and_no_flapping;
#[path = "06_two_dependencies_admit_all_or_none.rs"]
mod n06_two_dependencies_admit_all_or_none;
#[path = "07_explain_says_why_it_has_not_opened.rs"]
mod n07_explain_says_why_it_has_not_opened;
#[path = "08_an_ignored_outcome_frees_the_trial.rs"]
mod n08_an_ignored_outcome_frees_the_trial;
#[path = "09_a_failure_is_counted_once.rs"]
mod n09_a_failure_is_counted_once;
#[path = "09_a_refusal_is_nobodys_failure.rs"]
mod n09_a_refusal_is_nobodys_failure;
#[path = "10_the_order_of_attributes_does_not_matter.rs"]
mod n10_the_order_of_attributes_does_not_matter;
#[path = "11_no_annotation_is_silently_inactive.rs"]
mod n11_no_annotation_is_silently_inactive;
#[path = "15_one_bad_dependency_opens_no_other.rs"]
mod n15_one_bad_dependency_opens_no_other;
#[path = "16_no_lock_is_held_across_a_call.rs"]
mod n16_no_lock_is_held_across_a_call;
#[path = "20_tests_share_no_state.rs"]
mod n20_tests_share_no_state;
#[path = "21_a_clock_that_jumps_breaks_nothing.rs"]
mod n21_a_clock_that_jumps_breaks_nothing;
#[path = "22_retry_after_is_honoured.rs"]
mod n22_retry_after_is_honoured;
#[path = "24_observing_does_not_enforce.rs"]
mod n24_observing_does_not_enforce;
#[path = "../support/subject.rs"]
mod subject;
