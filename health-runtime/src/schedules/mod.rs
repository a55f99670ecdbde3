//! Every order in which threads can meet, on the real types, by `scripts/loom`.

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
mod scope;
mod several;
mod story;
mod trial;
mod trip;
