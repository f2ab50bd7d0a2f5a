//! Persistence templates: which clients stay with which destination, and until when.
//!
//! As in the kernel (`ip_vs_core.c`, `ip_vs_sched_persist`): a client's first connection leaves a template that its next
//! connections follow; each one renews it, and it does not expire while one of them is open. A template overrides the
//! scheduler, the overload flag and (unless `expire_quiescent_template` is set) weight 0: persistent clients stay with a
//! quiesced destination until their time is over. It does not survive its destination's removal, nor a failed connect.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::destination::Destination;

/// The most templates of all services together: some 100 MB. Beyond it new clients are scheduled each time.
const MAX_TEMPLATES: usize = 1 << 20;
/// How many templates one round of expiry looks at, so that the service's lock is held only shortly.
const STRIDE: usize = 256;
/// Ticks by which a template with open connections is prolonged when its time is over: 60 s (`ip_vs_conn_expire`).
const PROLONGED: u32 = 600;

/// The templates of one service.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    by_client: BTreeMap<IpAddr, Template>,
    /// Where expiry goes on.
    cursor: Option<IpAddr>,
    room: Room,
}

/// How many templates all services together hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room(Arc<AtomicUsize>);

#[derive(Debug)]
struct Template {
    destination: Arc<Destination>,
    expires: u32,
    /// Open connections that follow it; each holds a clone.
    followers: Arc<AtomicU32>,
}

/// Kept by a connection for as long as it is open.
#[derive(Debug)]
pub(crate) struct Following(Arc<AtomicU32>);

impl Templates {
    /// None yet, of the `room` that all services share.
    pub(crate) fn new(room: Room) -> Self {
        Self { by_client: BTreeMap::new(), cursor: None, room }
    }

    /// The destination that this client (its address masked) stays with, if that is still allowed.
    pub(crate) fn follow(
        &mut self,
        client: IpAddr,
        expires: u32,
        now: u32,
        allowed: impl Fn(&Destination) -> bool,
    ) -> Option<(Arc<Destination>, Following)> {
        let template = self.by_client.get_mut(&client)?;
        let open = template.followers.load(Ordering::Relaxed) > 0;
        if (template.expires <= now && !open) || !allowed(&template.destination) {
            self.remove(client);
            return None;
        }
        template.expires = expires;
        Some((Arc::clone(&template.destination), Following::new(&template.followers)))
    }

    /// The client stays with this destination from now on; `None` where the table is full.
    pub(crate) fn add(
        &mut self,
        client: IpAddr,
        destination: &Arc<Destination>,
        expires: u32,
    ) -> Option<Following> {
        if !self.by_client.contains_key(&client) && !self.room.take() {
            return None;
        }
        let followers = Arc::new(AtomicU32::new(0));
        let following = Following::new(&followers);
        let template = Template { destination: Arc::clone(destination), expires, followers };
        destination.template_added();
        if let Some(before) = self.by_client.insert(client, template) {
            before.destination.template_removed();
        }
        Some(following)
    }

    /// Forgets some of those whose time is over; `true` if there are more to look at.
    pub(crate) fn expire(&mut self, now: u32) -> bool {
        let from = self.cursor.map_or(Bound::Unbounded, Bound::Excluded);
        let mut over = Vec::new();
        let (mut last, mut looked) = (None, 0);
        for (client, template) in self.by_client.range_mut((from, Bound::Unbounded)).take(STRIDE) {
            last = Some(*client);
            looked += 1;
            if template.expires > now {
                continue;
            }
            if template.followers.load(Ordering::Relaxed) > 0 && !template.destination.removed() {
                template.expires = now.saturating_add(PROLONGED);
            } else {
                over.push(*client);
            }
        }
        self.cursor = last.filter(|_| looked == STRIDE);
        for client in over {
            self.remove(client);
        }
        self.cursor.is_some()
    }

    /// Forgets all that point to this destination.
    pub(crate) fn forget(&mut self, destination: &Destination) {
        self.by_client.retain(|_, template| {
            let stays = template.destination.id() != destination.id();
            if !stays {
                template.destination.template_removed();
                self.room.give_back(1);
            }
            stays
        });
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        let all = std::mem::take(&mut self.by_client);
        self.room.give_back(all.len());
        for template in all.into_values() {
            template.destination.template_removed();
        }
    }

    fn remove(&mut self, client: IpAddr) {
        if let Some(template) = self.by_client.remove(&client) {
            template.destination.template_removed();
            self.room.give_back(1);
        }
    }
}

impl Drop for Templates {
    fn drop(&mut self) {
        self.room.give_back(self.by_client.len());
    }
}

impl Room {
    fn take(&self) -> bool {
        let more = |n: usize| (n < MAX_TEMPLATES).then_some(n + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn give_back(&self, n: usize) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }
}

impl Following {
    fn new(followers: &Arc<AtomicU32>) -> Self {
        followers.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(followers))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The network that a client belongs to. A prefix longer than its address is the address itself.
pub(crate) fn network(client: IpAddr, prefix: Option<u8>) -> IpAddr {
    let Some(prefix) = prefix else { return client };
    ipnet::IpNet::new(client, prefix).map_or(client, |net| net.network())
}

#[cfg(test)]
mod tests {
    use model::table::{Role, TableDestination, TableDestinationKey};
    use model::{Forwarding, HostAddress, Thresholds, Weight};

    use super::*;

    fn destination() -> Arc<Destination> {
        let key = TableDestinationKey { address: HostAddress::parse("10.0.0.1").unwrap(), port: None };
        let settings = TableDestination {
            forwarding: Forwarding::Masquerading,
            weight: Weight::new_const(1),
            thresholds: Thresholds::default(),
            role: Role::RealServer,
        };
        Arc::new(Destination::new(key, settings))
    }

    fn client(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn all_services_share_the_room() {
        let destination = destination();
        let room = Room(Arc::new(AtomicUsize::new(MAX_TEMPLATES - 2)));
        let (mut one, mut other) = (Templates::new(room.clone()), Templates::new(room.clone()));
        assert!(one.add(client(1), &destination, 10).is_some());
        assert!(other.add(client(1), &destination, 10).is_some());
        assert!(other.add(client(2), &destination, 10).is_none());
        // A client that has one already may have it renewed.
        assert!(other.add(client(1), &destination, 20).is_some());
        drop(one);
        assert!(other.add(client(2), &destination, 10).is_some());
        other.clear();
        assert_eq!(room.0.load(Ordering::Relaxed), MAX_TEMPLATES - 2);
    }

    #[test]
    fn templates_renew_and_expire() {
        let destination = destination();
        let mut templates = Templates::default();
        drop(templates.add(client(1), &destination, 10));
        assert_eq!(destination.persistent(), 1);
        assert!(templates.follow(client(2), 20, 9, |_| true).is_none());
        assert!(templates.follow(client(1), 20, 9, |_| true).is_some(), "renewed until 20");
        templates.expire(19);
        assert!(templates.follow(client(1), 30, 19, |_| true).is_some());
        templates.expire(30);
        assert!(templates.follow(client(1), 40, 30, |_| true).is_none());
        assert_eq!(destination.persistent(), 0);
    }

    #[test]
    fn open_connections_keep_a_template() {
        let destination = destination();
        let mut templates = Templates::default();
        let open = templates.add(client(1), &destination, 10);
        templates.expire(50);
        templates.expire(50);
        assert!(templates.follow(client(1), 60, 50, |_| true).is_some());
        drop(open);
        templates.expire(50);
        templates.expire(60 + PROLONGED);
        assert_eq!(destination.persistent(), 0);
    }

    #[test]
    fn refused_destinations_lose_their_templates() {
        let destination = destination();
        let mut templates = Templates::default();
        drop(templates.add(client(1), &destination, 10));
        assert!(templates.follow(client(1), 20, 0, |_| false).is_none());
        drop(templates.add(client(1), &destination, 10));
        templates.forget(&destination);
        assert_eq!(destination.persistent(), 0);
    }

    #[test]
    fn expiry_goes_round_in_strides() {
        let destination = destination();
        let mut templates = Templates::default();
        for n in 0..3000 {
            drop(templates.add(client(n), &destination, 10));
        }
        while templates.expire(10) {}
        assert_eq!(destination.persistent(), 0);
    }

    #[test]
    fn masks_group_clients() {
        let check = |address: &str, prefix, expected: &str| {
            assert_eq!(network(address.parse().unwrap(), prefix), expected.parse::<IpAddr>().unwrap());
        };
        check("192.168.7.9", Some(24), "192.168.7.0");
        check("192.168.7.9", None, "192.168.7.9");
        check("2001:db8::9", Some(64), "2001:db8::");
        check("10.1.2.3", Some(64), "10.1.2.3");
    }
}
