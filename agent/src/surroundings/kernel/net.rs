//! Interfaces, addresses, routes and tunnel devices, by rtnetlink. The only place that knows the `rtnetlink` crate, whose
//! interface changes with nearly every release.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;

use futures_util::StreamExt as _;
use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage,
    NetlinkPayload,
};
use rtnetlink::packet_route::address::{
    AddressAttribute, AddressFlags, AddressHeaderFlags, AddressMessage, AddressProtocol, AddressScope,
    CacheInfo,
};
use rtnetlink::packet_route::link::{
    GreIOFlags, LinkAttribute, LinkFlags, LinkInfo, LinkLayerType, LinkMessage,
};
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteHeader, RouteMessage};
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use rtnetlink::{Handle, LinkGre, LinkGre6, LinkIp6Tnl, LinkIpIp, LinkSit, LinkUnspec};

use crate::surroundings::{Link, Place, Tunnel};

/// What this agent writes into an address's protocol (`IFA_PROTO`, Linux 5.18): a number that the kernel and iproute2 use for
/// nothing, `L` in ASCII.
const PROTOCOL: u8 = 76;

/// `IFNAMSIZ` (linux/if.h) less the final NUL: the longest label.
const MAX_LABEL: usize = 15;

/// How often a list that changed while it was read is read again.
const ATTEMPTS: usize = 8;

/// A conversation with the kernel.
#[derive(Clone)]
pub(super) struct Net {
    handle: Handle,
}

/// What the kernel lists.
pub(super) struct Found {
    pub(super) links: BTreeMap<String, Link>,
    /// Addresses, and whether each carries our mark. `None`: the kernel remembers no marks of this family's addresses.
    pub(super) addresses: Vec<(Place, Option<bool>)>,
    pub(super) gateways: BTreeSet<IpAddr>,
}

impl Net {
    /// Opens it, in the network namespace of this thread. Must be called within a runtime.
    pub(super) fn open() -> io::Result<Self> {
        let (connection, handle, _) = rtnetlink::new_connection()?;
        tokio::spawn(connection);
        Ok(Self { handle })
    }

    /// Interfaces.
    pub(super) async fn links(&self) -> io::Result<BTreeMap<String, Link>> {
        let found = self.dump(RouteNetlinkMessage::GetLink(LinkMessage::default()), |_| true).await?;
        Ok(found
            .iter()
            .filter_map(|message| match message {
                RouteNetlinkMessage::NewLink(message) => link(message),
                _ => None,
            })
            .collect())
    }

    /// Interfaces, addresses, and where asked for `gateways` of default routes: some machines know a million others.
    pub(super) async fn look(&self, gateways: bool) -> io::Result<Found> {
        let links = self.links().await?;
        let names = links.iter().map(|(name, link)| (link.index, name.clone())).collect();
        let found = self.dump(RouteNetlinkMessage::GetAddress(AddressMessage::default()), |_| true).await?;
        let messages: Vec<_> = found
            .into_iter()
            .filter_map(|message| match message {
                RouteNetlinkMessage::NewAddress(message) => Some(message),
                _ => None,
            })
            .collect();
        // The kernel's own addresses have a protocol where it knows any.
        let remembers = messages
            .iter()
            .flat_map(|message| &message.attributes)
            .any(|attribute| matches!(attribute, AddressAttribute::Protocol(_)));
        let addresses = messages.iter().filter_map(|message| address(message, &names, remembers)).collect();
        let gateways = if gateways { self.gateways().await? } else { BTreeSet::new() };
        Ok(Found { links, addresses, gateways })
    }

    async fn gateways(&self) -> io::Result<BTreeSet<IpAddr>> {
        let gateway = |message: &RouteNetlinkMessage| match message {
            RouteNetlinkMessage::NewRoute(message) => default_gateway(message),
            _ => None,
        };
        let mut gateways = BTreeSet::new();
        for family in [AddressFamily::Inet, AddressFamily::Inet6] {
            let mut request = RouteMessage::default();
            request.header.address_family = family;
            let request = RouteNetlinkMessage::GetRoute(request);
            let found = self.dump(request, |message| gateway(message).is_some()).await?;
            gateways.extend(found.iter().filter_map(gateway));
        }
        Ok(gateways)
    }

    /// Puts an address on an interface, with our marks.
    pub(super) async fn add_address(&self, link: &Link, place: &Place) -> io::Result<()> {
        let mut message = message(link, place);
        let attributes = &mut message.attributes;
        attributes.push(AddressAttribute::Protocol(AddressProtocol::Other(PROTOCOL)));
        if place.address.is_ipv4() {
            attributes.extend(label(&place.device).map(AddressAttribute::Label));
            if link.loopback {
                // Not an address to speak to others from.
                message.header.scope = AddressScope::Host;
            }
        } else {
            // It moves between machines that agree about it: nobody is to be asked first. And the machine shall not use it for its
            // own conversations.
            attributes.push(AddressAttribute::Flags(AddressFlags::Nodad));
            message.header.flags = AddressHeaderFlags::Nodad;
            let mut lifetimes = CacheInfo::default();
            lifetimes.ifa_preferred = 0;
            lifetimes.ifa_valid = u32::MAX;
            attributes.push(AddressAttribute::CacheInfo(lifetimes));
        }
        self.change(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_EXCL).await
    }

    /// Takes an address from an interface.
    pub(super) async fn remove_address(&self, link: &Link, place: &Place) -> io::Result<()> {
        self.change(RouteNetlinkMessage::DelAddress(message(link, place)), 0).await
    }

    /// Makes a tunnel device that takes in what anybody sends to its local address, and switches it on.
    pub(super) async fn add_tunnel(&self, tunnel: &Tunnel) -> io::Result<()> {
        self.change(RouteNetlinkMessage::NewLink(tunnel_message(tunnel)), NLM_F_CREATE | NLM_F_EXCL).await
    }

    /// Switches an interface on.
    pub(super) async fn switch_on(&self, link: &Link) -> io::Result<()> {
        let message = LinkUnspec::new_with_index(link.index).up().build();
        self.change(RouteNetlinkMessage::NewLink(message), 0).await
    }

    /// Takes a device away.
    pub(super) async fn remove_link(&self, link: &Link) -> io::Result<()> {
        let message = LinkUnspec::new_with_index(link.index).build();
        self.change(RouteNetlinkMessage::DelLink(message), 0).await
    }

    async fn change(&self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut request = NetlinkMessage::from(message);
        request.header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        let mut answers = self.handle.clone().request(request).map_err(|_| gone())?;
        while let Some(answer) = answers.next().await {
            if let NetlinkPayload::Error(error) = answer.payload {
                return if error.code.is_none() { Ok(()) } else { Err(error.to_io()) };
            }
        }
        // netlink-proto keeps acknowledgements to itself: the end without an error is one. (Should the conversation have broken off,
        // reading back tells.)
        Ok(())
    }

    /// Of a whole list what is to be kept; one that changed while it was read (`NLM_F_DUMP_INTR`) is read again.
    async fn dump(
        &self,
        message: RouteNetlinkMessage,
        keep: impl Fn(&RouteNetlinkMessage) -> bool + Send,
    ) -> io::Result<Vec<RouteNetlinkMessage>> {
        for _ in 0..ATTEMPTS {
            let mut request = NetlinkMessage::from(message.clone());
            request.header.flags = NLM_F_REQUEST | NLM_F_DUMP;
            let mut answers = self.handle.clone().request(request).map_err(|_| gone())?;
            let (mut list, mut torn) = (Vec::new(), false);
            while let Some(answer) = answers.next().await {
                torn |= answer.header.flags & NLM_F_DUMP_INTR != 0;
                match answer.payload {
                    NetlinkPayload::InnerMessage(message) if keep(&message) => list.push(message),
                    NetlinkPayload::Error(error) if error.code.is_some() => return Err(error.to_io()),
                    _ => {}
                }
            }
            if !torn {
                return Ok(list);
            }
        }
        Err(io::Error::other("the list changed each time it was read"))
    }
}

// === from the kernel ===

fn link(message: &LinkMessage) -> Option<(String, Link)> {
    let header = &message.header;
    let mut link = Link {
        index: header.index,
        up: header.flags.contains(LinkFlags::Up),
        carrier: header.flags.contains(LinkFlags::LowerUp),
        loopback: header.flags.contains(LinkFlags::Loopback),
        ..Link::default()
    };
    let mut name = None;
    for attribute in &message.attributes {
        match attribute {
            LinkAttribute::IfName(text) => name = Some(text.clone()),
            LinkAttribute::Address(bytes) if header.link_layer_type == LinkLayerType::Ether => {
                link.mac = bytes.as_slice().try_into().ok();
            }
            LinkAttribute::LinkInfo(infos) => {
                link.kind = infos.iter().find_map(|info| match info {
                    LinkInfo::Kind(kind) => Some(kind.to_string()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    Some((name?, link))
}

fn address(
    message: &AddressMessage,
    names: &BTreeMap<u32, String>,
    remembers: bool,
) -> Option<(Place, Option<bool>)> {
    let device = names.get(&message.header.index)?.clone();
    let (mut local, mut address, mut labelled, mut protocol) = (None, None, false, false);
    for attribute in &message.attributes {
        match attribute {
            // On a point-to-point link `Address` is the other end's.
            AddressAttribute::Local(ip) => local = Some(*ip),
            AddressAttribute::Address(ip) => address = Some(*ip),
            AddressAttribute::Label(text) => labelled = Some(text) == label(&device).as_ref(),
            AddressAttribute::Protocol(by) => protocol = u8::from(*by) == PROTOCOL,
            _ => {}
        }
    }
    let address = local.or(address)?;
    let marked = match (address, remembers) {
        (_, true) => Some(protocol),
        (IpAddr::V4(_), false) => label(&device).map(|_| labelled),
        (IpAddr::V6(_), false) => None,
    };
    Some((Place { device, address, prefix: message.header.prefix_len }, marked))
}

fn default_gateway(message: &RouteMessage) -> Option<IpAddr> {
    if message.header.destination_prefix_length != 0 || message.header.table != RouteHeader::RT_TABLE_MAIN {
        return None;
    }
    message.attributes.iter().find_map(|attribute| match attribute {
        RouteAttribute::Gateway(RouteAddress::Inet(address)) => Some(IpAddr::V4(*address)),
        RouteAttribute::Gateway(RouteAddress::Inet6(address)) => Some(IpAddr::V6(*address)),
        _ => None,
    })
}

// === to the kernel ===

fn message(link: &Link, place: &Place) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = if place.address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    message.header.prefix_len = place.prefix;
    message.header.index = link.index;
    message.attributes =
        vec![AddressAttribute::Local(place.address), AddressAttribute::Address(place.address)];
    message
}

/// The label of an IPv4 address, by which `ip address` shows whose it is; none where the interface's name leaves no room.
fn label(device: &str) -> Option<String> {
    let label = format!("{device}:lvs");
    (label.len() <= MAX_LABEL).then_some(label)
}

fn tunnel_message(tunnel: &Tunnel) -> LinkMessage {
    let name = tunnel.name();
    let checksum = if tunnel.checksum() { GreIOFlags::Checksum } else { GreIOFlags::empty() };
    match (tunnel.link_kind(), tunnel.local) {
        ("sit", IpAddr::V4(local)) => LinkSit::new(&name).local(local).up().build(),
        ("gre", IpAddr::V4(local)) => LinkGre::new(&name).local(local).iflags(checksum).up().build(),
        ("ip6gre", IpAddr::V6(local)) => LinkGre6::new(&name).local(local).iflags(checksum).up().build(),
        (_, IpAddr::V4(local)) => LinkIpIp::new(&name).local(local).up().build(),
        // Protocol 0: IPv4 and IPv6 alike.
        (_, IpAddr::V6(local)) => LinkIp6Tnl::new(&name).local(local).protocol(0.into()).up().build(),
    }
}

fn gone() -> io::Error {
    io::Error::other("the conversation with the kernel broke off")
}
