//! Connecting to a destination.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use tokio::net::TcpStream;

/// A connection to `address`, within `timeout`.
///
/// Not `TcpStream::connect`: within one machine (and often within a rack) the connection stands when the system call
/// returns, and need not wait for the event loop to say so.
pub(crate) async fn connect(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), None)?;
    socket.set_tcp_nodelay(true)?;
    let connected = match socket.connect(&address.into()) {
        Ok(()) => true,
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INPROGRESS) => false,
        Err(error) => return Err(error),
    };
    let stream = TcpStream::from_std(socket.into())?;
    if !connected {
        tokio::time::timeout(timeout, stream.writable()).await.map_err(|_| io::ErrorKind::TimedOut)??;
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
    }
    Ok(stream)
}
