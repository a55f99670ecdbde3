//! The real server processes that the demo and the tests start, freeze and kill.
//!
//! Not published. An outage that is acted out inside one process proves little: a frozen server
//! still accepts connections, a killed one leaves its socket behind, and one that comes back empty
//! answers every question politely. So the servers here are processes of their own, and the
//! signals are real.
//!
//! | type | what runs |
//! |---|---|
//! | [`RedisServer`] | `redis-server`, without persistence |
//! | [`RespServer`] | a stand-in that speaks enough of its protocol, for machines without Redis |
//! | [`KeyValueServer`] | the first of the two that this machine has |
//! | [`ApiServer`] | a small line protocol that knows sessions |
//!
//! What can be done to all of them is the trait [`Server`], and what else goes wrong with a Redis is
//! [`RedisFault`]. A [`Proxy`] in front of a server is the network that fails. No process outlives its handle, nor the
//! program that holds it, even when that program is killed without warning or the server is frozen.
//!
//! The stand-ins run in a second process of a program of ours: see [`Program`].

#![forbid(unsafe_code)]

mod api;
mod api_server;
mod child;
mod error;
mod key_value_server;
mod lines;
mod place;
mod process;
mod proxy;
mod random;
mod redis_admin;
mod redis_fault;
mod redis_server;
mod resp;
mod resp_server;
mod server;

pub use self::api_server::ApiServer;
pub use self::child::{Program, child_main};
pub use self::error::LabError;
pub use self::key_value_server::KeyValueServer;
pub use self::proxy::{Address, Behaviour, Garbage, Proxy, Then};
pub use self::random::Dice;
pub use self::redis_fault::{InForce, RedisFault};
pub use self::redis_server::RedisServer;
pub use self::resp_server::RespServer;
pub use self::server::Server;
