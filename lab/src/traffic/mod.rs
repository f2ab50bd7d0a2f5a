//! Traffic: real servers that answer with their own names, and clients that ask.

mod client;
mod ftp;
mod load;
mod stream;
mod udp;
mod web;

pub(crate) use client::{Held, ask, count, fetch, fetch_from};
pub(crate) use ftp::Ftp;
pub(crate) use load::Load;
pub(crate) use stream::Transport;
pub(crate) use udp::{Echo, datagram, send};
pub(crate) use web::Web;
