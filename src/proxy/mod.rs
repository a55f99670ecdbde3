//! A proxy between a client and a server whose network has faults on demand.
//!
//! - [`behaviour`]: what it can do
//! - [`garbage`]: what it says when it answers by itself
//! - [`address`], [`stream`]: TCP and Unix sockets, treated alike
//! - [`door`]: where it listens, and at times does not
//! - [`connection`]: one connection through it
//! - [`flow`]: one direction of a connection

mod address;
mod behaviour;
mod connection;
mod door;
mod flow;
mod garbage;
mod stream;

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub use self::address::Address;
pub use self::behaviour::{Behaviour, Then};
use self::connection::Connection;
use self::door::{Door, Listener};
pub use self::garbage::Garbage;
use self::stream::Stream;
use crate::LabError;
use crate::place::Place;

/// A proxy in front of a server, over TCP or a Unix socket, whose [`Behaviour`] is switched while it
/// runs.
///
/// Neither side need know of it, and the two may use different kinds of sockets. Dropping it ends
/// all connections through it.
///
/// # Examples
///
/// ```no_run
/// use health_lab::{Behaviour, LabError, Proxy, RedisServer, Server};
///
/// # async fn partition() -> Result<(), LabError> {
/// let redis = RedisServer::start().await?;
/// let path = Proxy::tcp(redis.socket())?;
/// println!("connect to redis://{}", path.address());
/// path.set(Behaviour::BlackHole).await?; // Redis is well, and nobody hears of it
/// path.set(Behaviour::Pass).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    address: Address,
    orders: watch::Sender<Order>,
    obeyed: watch::Receiver<Obeyed>,
    task: JoinHandle<Infallible>,
}

/// What the proxy is to do, numbered so that it can say which order it has carried out.
#[derive(Clone, Debug)]
struct Order {
    number: u64,
    behaviour: Behaviour,
}

#[derive(Debug)]
struct Obeyed {
    number: u64,
    /// Why the door could not be opened.
    failed: Option<io::ErrorKind>,
}

impl Proxy {
    /// Starts a proxy on a free TCP port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`LabError::Place`] if there is no port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn tcp(server: impl Into<Address>) -> Result<Self, LabError> {
        Self::start(Door::tcp().map_err(LabError::Place)?, server.into())
    }

    /// Starts a proxy on a Unix socket in a directory of its own.
    ///
    /// # Errors
    ///
    /// [`LabError::Place`] if there is no directory for the socket.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn unix(server: impl Into<Address>) -> Result<Self, LabError> {
        Self::start(Door::unix(Place::new()?), server.into())
    }

    fn start(door: Door, server: Address) -> Result<Self, LabError> {
        let address = door.address();
        let listener = door.open().map_err(LabError::Place)?;
        let (orders, heard) = watch::channel(Order {
            number: 0,
            behaviour: Behaviour::Pass,
        });
        let (report, obeyed) = watch::channel(Obeyed {
            number: 0,
            failed: None,
        });
        let task = tokio::spawn(run(door, listener, server, heard, report));
        Ok(Self {
            address,
            orders,
            obeyed,
            task,
        })
    }

    /// Returns where clients reach it.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns what it does at present.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.orders.borrow().behaviour.clone()
    }

    /// Makes it behave like this from now on, towards connections that are open as well.
    ///
    /// Returns once it holds for all connections that come; those that are open notice a moment
    /// later.
    ///
    /// # Errors
    ///
    /// [`LabError::Place`] if it has to listen again after [`Behaviour::Refuse`] and cannot.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the wait and nothing else.
    pub async fn set(&self, behaviour: Behaviour) -> Result<(), LabError> {
        let mut number = 0;
        self.orders.send_modify(|order| {
            order.number += 1;
            order.behaviour = behaviour;
            number = order.number;
        });
        let mut obeyed = self.obeyed.clone();
        let obeyed = obeyed.wait_for(|obeyed| obeyed.number >= number).await;
        match obeyed.map(|obeyed| obeyed.failed) {
            Ok(None) => Ok(()),
            Ok(Some(kind)) => Err(LabError::Place(kind.into())),
            // Only when its runtime ends.
            Err(_) => Err(LabError::Place(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    door: Door,
    listener: Listener,
    server: Address,
    mut orders: watch::Receiver<Order>,
    report: watch::Sender<Obeyed>,
) -> Infallible {
    let (behaviour, _) = watch::channel(Behaviour::Pass);
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    let mut count = 0;
    loop {
        tokio::select! {
            // Orders first: whoever has seen one obeyed must find it in force for what comes next.
            biased;
            Ok(()) = orders.changed() => {
                let order = orders.borrow_and_update().clone();
                let failed = match order.behaviour {
                    Behaviour::Refuse => {
                        listener = None;
                        None
                    }
                    _ if listener.is_some() => None,
                    _ => match door.open() {
                        Ok(opened) => {
                            listener = Some(opened);
                            None
                        }
                        Err(error) => Some(error.kind()),
                    },
                };
                behaviour.send_replace(order.behaviour);
                report.send_replace(Obeyed { number: order.number, failed });
            }
            Some(_) = connections.join_next() => {}
            client = accept(listener.as_ref()) => {
                count += 1;
                let connection = Connection::new(client, server.clone(), count);
                connections.spawn(connection.run(behaviour.subscribe()));
            }
        }
    }
}

/// The next client; never one while the door is shut.
async fn accept(listener: Option<&Listener>) -> Stream {
    let Some(listener) = listener else {
        return pending().await;
    };
    loop {
        match listener.accept().await {
            Ok(client) => return client,
            // Out of file descriptors, most likely; it passes when clients leave.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}
