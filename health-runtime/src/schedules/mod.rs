//! Every order in which threads can meet, on the real types, by `scripts/loom`.

mod bulkhead;
mod epoch;
mod explore;
mod house;
mod keyed;
mod story;
mod trial;
mod trip;
