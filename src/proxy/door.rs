//! The place where a proxy listens, and at times does not. Its address never changes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, UnixListener};

use super::address::Address;
use super::stream::Stream;
use crate::place::{self, Place};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// An address of our own, open or shut.
#[derive(Debug)]
pub(super) enum Door {
    Tcp {
        address: SocketAddr,
        /// Bound, never listening: keeps the port ours while the door is shut. Without it a client
        /// that is refused could be given this very port for its own end, and reach itself.
        _reserved: TcpSocket,
    },
    Unix {
        place: Place,
    },
}

/// A door that is open; shut when dropped.
#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Door {
    pub(super) fn tcp() -> io::Result<Self> {
        let reserved = bound((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self::Tcp {
            address: reserved.local_addr()?,
            _reserved: reserved,
        })
    }

    pub(super) const fn unix(place: Place) -> Self {
        Self::Unix { place }
    }

    pub(super) fn address(&self) -> Address {
        match self {
            Self::Tcp { address, .. } => Address::Tcp(*address),
            Self::Unix { place } => Address::Unix(place.socket()),
        }
    }

    pub(super) fn open(&self) -> io::Result<Listener> {
        match self {
            Self::Tcp { address, .. } => bound(*address)?.listen(BACKLOG).map(Listener::Tcp),
            Self::Unix { place } => {
                // A shut one leaves its file, to which connections are refused.
                place::remove_stale_socket(&place.socket())?;
                UnixListener::bind(place.socket()).map(Listener::Unix)
            }
        }
    }
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| Stream::Tcp(stream)),
            Self::Unix(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
