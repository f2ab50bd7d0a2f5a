//! The client: questions and requests over a socket.

mod channel;
mod conversation;
mod receive;
#[cfg(test)]
mod tests;

use crate::wire::{Question, Reply};
use crate::{
    Daemon, DestinationEntry, Error, Info, KernelError, Malformed, Request, ServiceEntry, ServiceKey,
    Timeouts,
};
use channel::Netlink;
use conversation::Conversation;
use std::borrow::Borrow;
use std::time::Duration;

/// How long the kernel is waited for. It answers in microseconds; a second is a machine in trouble.
const PATIENCE: Duration = Duration::from_secs(10);

/// A conversation with the IPVS of one network namespace: that of the thread which calls [`Client::connect`], and, after an
/// [`Error`], of the thread which makes the next call, because a new socket is opened then.
///
/// Calls block, for microseconds as a rule and never longer than ten seconds per answer: in an asynchronous program they belong on
/// a thread that may block. The kernel works inside the system call that sends, one writer at a time, so more threads or sockets
/// make nothing faster.
#[derive(Debug)]
pub struct Client {
    conversation: Conversation<Netlink>,
}

impl Client {
    /// Opens a socket and finds IPVS in the kernel.
    ///
    /// # Errors
    /// [`Error::NoIpvs`] where the kernel has none.
    pub fn connect() -> Result<Self, Error> {
        Ok(Self { conversation: Conversation::open(PATIENCE)? })
    }

    /// Every virtual service, in the kernel's order.
    ///
    /// # Errors
    /// Where the kernel cannot be asked, or the list changed during each of several attempts.
    pub fn services(&mut self) -> Result<Vec<ServiceEntry>, Error> {
        self.conversation.list(
            &Question::Services,
            |reply| match reply {
                Reply::Service(entry) => Some(entry),
                _ => None,
            },
            |entry| entry.service.key.clone(),
        )
    }

    /// One service, or `None` where it does not exist.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub fn service(&mut self, key: &ServiceKey) -> Result<Option<ServiceEntry>, Error> {
        let absent = rustix::io::Errno::SRCH.raw_os_error();
        match self.conversation.ask(&Question::Service(key.clone())) {
            Ok(Reply::Service(entry)) => Ok(Some(entry)),
            Ok(_) => Err(unexpected("service")),
            Err(Error::Refused { refusal, .. }) if refusal.errno == absent => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The destinations of a service; none where it does not exist: the kernel does not tell the two apart.
    ///
    /// # Errors
    /// Where the kernel cannot be asked, or the list changed during each of several attempts.
    pub fn destinations(&mut self, service: &ServiceKey) -> Result<Vec<DestinationEntry>, Error> {
        self.conversation.list(
            &Question::Destinations(service.clone()),
            |reply| match reply {
                Reply::Destination(entry) => Some(entry),
                _ => None,
            },
            |entry| entry.destination.key,
        )
    }

    /// Everything: each service with its destinations. One question for the services and one for each of them; a service that
    /// is removed between the two shows without destinations.
    ///
    /// # Errors
    /// Where the kernel cannot be asked, or a list changed during each of several attempts.
    pub fn table(&mut self) -> Result<Vec<(ServiceEntry, Vec<DestinationEntry>)>, Error> {
        let mut table = Vec::new();
        self.each(|service, destinations| table.push((service, destinations)))?;
        Ok(table)
    }

    /// [`Self::table`] piece by piece, for who does not keep all of it: a table of ten thousands of destinations is megabytes.
    ///
    /// # Errors
    /// As with [`Self::table`]; the pieces handed out before are as they were.
    pub fn each(&mut self, take: impl FnMut(ServiceEntry, Vec<DestinationEntry>)) -> Result<(), Error> {
        self.each_of(|_| true, take)
    }

    /// [`Self::each`] of the services that `wanted` picks: the kernel is not asked for the destinations of others, which is what
    /// takes the time.
    ///
    /// # Errors
    /// As with [`Self::table`]; the pieces handed out before are as they were.
    pub fn each_of(
        &mut self,
        mut wanted: impl FnMut(&ServiceEntry) -> bool,
        mut take: impl FnMut(ServiceEntry, Vec<DestinationEntry>),
    ) -> Result<(), Error> {
        for entry in self.services()? {
            if wanted(&entry) {
                let destinations = self.destinations(&entry.service.key)?;
                take(entry, destinations);
            }
        }
        Ok(())
    }

    /// Carries requests out in their order, about a hundred per system call, and says of each whether the kernel took it. A refused
    /// one does not hold up those after it.
    ///
    /// # Errors
    /// Where the conversation broke: which of the requests were carried out is not known then; read the table.
    pub fn apply(&mut self, requests: &[Request]) -> Result<Vec<Result<(), KernelError>>, Error> {
        let mut results = vec![Ok(()); requests.len()];
        self.apply_each(requests, |index, refusal| {
            if let Some(result) = results.get_mut(index) {
                *result = Err(refusal);
            }
        })?;
        Ok(results)
    }

    /// [`Self::apply`] for requests that are made on the way: `refused` is told the place of each one the kernel refuses, counted from 0.
    /// Returns how many requests there were.
    ///
    /// # Errors
    /// Where the conversation broke: which of the requests were carried out is not known then; read the table.
    pub fn apply_each<R: Borrow<Request>>(
        &mut self,
        requests: impl IntoIterator<Item = R>,
        refused: impl FnMut(usize, KernelError),
    ) -> Result<usize, Error> {
        self.conversation.apply(requests, refused)
    }

    /// The namespace's timeouts.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub fn timeouts(&mut self) -> Result<Timeouts, Error> {
        match self.conversation.ask(&Question::Timeouts)? {
            Reply::Timeouts(timeouts) => Ok(timeouts),
            _ => Err(unexpected("timeouts")),
        }
    }

    /// Sets the timeouts; a 0 leaves that one as it is.
    ///
    /// # Errors
    /// Where the kernel refuses or cannot be asked.
    pub fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), Error> {
        self.one("set the timeouts", Request::SetTimeouts(timeouts))
    }

    /// The sync daemons that run: none, one, or a master and a backup.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub fn daemons(&mut self) -> Result<Vec<Daemon>, Error> {
        self.conversation.list(
            &Question::Daemons,
            |reply| match reply {
                Reply::Daemon(daemon) => Some(daemon),
                _ => None,
            },
            |daemon| daemon.state,
        )
    }

    /// Version and table size.
    ///
    /// # Errors
    /// Where the kernel cannot be asked.
    pub fn info(&mut self) -> Result<Info, Error> {
        match self.conversation.ask(&Question::Info)? {
            Reply::Info(info) => Ok(info),
            _ => Err(unexpected("version")),
        }
    }

    /// Sets counters back to 0: of one service and its destinations, or of all.
    ///
    /// # Errors
    /// Where the kernel refuses or cannot be asked.
    pub fn zero(&mut self, service: Option<&ServiceKey>) -> Result<(), Error> {
        self.one("zero counters", Request::Zero(service.cloned()))
    }

    /// Removes every service of the network namespace, whoever made it.
    ///
    /// # Errors
    /// Where the kernel refuses or cannot be asked.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.one("remove every virtual service", Request::Flush)
    }

    fn one(&mut self, doing: &'static str, request: Request) -> Result<(), Error> {
        self.apply(&[request])?
            .into_iter()
            .collect::<Result<(), _>>()
            .map_err(|refusal| Error::Refused { doing, refusal })
    }
}

fn unexpected(what: &'static str) -> Error {
    Malformed::new(what, "another kind of message came").into()
}
