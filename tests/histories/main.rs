//! Random histories of a whole registry, against a simple reference model.
//!
//! A history is a list of events: calls that begin, end, panic, hang and are dropped in any order,
//! within each other and over several dependencies; probes, operators, other policies, time, a
//! process that sleeps, and destructive calls. It is played to the real public API in paused time
//! and to the model, and after every event the two are compared. What is destroyed is checked once
//! more, without the model: see [`safety`].
//!
//! - [`event`]: what can happen
//! - [`strategy`]: what does happen, by chance
//! - [`functions`]: the annotated functions that are called
//! - [`trouble`]: the errors that they end in
//! - [`script`]: bodies that wait to be told how to end
//! - [`moody`]: probes that do as they are told, and write down when they were asked
//! - [`reference`]: the model, written from the design
//! - [`driver`]: plays a history to both
//! - [`safety`]: nothing is destroyed without proof, told from the history alone
//! - [`properties`]: thousands of histories
//! - [`found`]: single histories in which something was wrong once
#![allow(clippy::unwrap_used, reason = "where a test cannot go on, it fails")]

mod driver;
mod event;
mod found;
mod functions;
mod moody;
mod properties;
mod reference;
mod safety;
mod script;
mod strategy;
mod trouble;
