//! The form of the global settings.

use super::destination::{forwarding_inputs, read_forwarding};
use super::reader::Reader;
use super::{input, shown, ticked, typed};
use crate::{
    Device, Field, HostAddress, NatRouter, PrefixLength, Problems, Reason, Seconds, Settings, Timeouts,
};

input! {
    /// What the form of the global settings holds.
    SettingsInput {
        primary = PrimaryPublic,
        primary_private = PrimaryPrivate,
        network = NetworkType,
        tunnel_port = TunnelPort,
        tunnel_csum = TunnelChecksum,
        nat_router = NatRouter,
        nat_router_device = NatRouterDevice,
        nat_nmask = NatRouterNetmask,
        own_clients = OwnClients,
        tcp_timeout = TcpTimeout,
        tcpfin_timeout = TcpFinTimeout,
        udp_timeout = UdpTimeout,
    }
}

impl SettingsInput {
    /// The settings meant; else everything that is wrong.
    pub fn parse(&self) -> Result<Settings, Problems> {
        let mut reader = Reader::default();
        let settings = self.read(&mut reader);
        reader.extend(settings.iter().flat_map(Settings::problems));
        reader.finish(settings, Field::NetworkType)
    }

    fn read(&self, reader: &mut Reader) -> Option<Settings> {
        let host = |text: &str| HostAddress::parse(&typed::fold(text));
        let primary_public = reader.optional(Field::PrimaryPublic, &self.primary, host);
        let primary_private = reader.optional(Field::PrimaryPrivate, &self.primary_private, host);
        let forwarding =
            read_forwarding(reader, Field::NetworkType, &self.network, &self.tunnel_port, &self.tunnel_csum);
        if forwarding == Some(None) {
            reader.note(Field::NetworkType, &self.network, Reason::Missing);
        }
        let nat_router = self.read_nat_router(reader);
        let own_clients = reader.flag(Field::OwnClients, &self.own_clients);
        let seconds = |text: &str| Seconds::parse(&typed::number(text));
        let tcp = reader.unless_zero(Field::TcpTimeout, &self.tcp_timeout, seconds);
        let tcp_fin = reader.unless_zero(Field::TcpFinTimeout, &self.tcpfin_timeout, seconds);
        let udp = reader.unless_zero(Field::UdpTimeout, &self.udp_timeout, seconds);
        Some(Settings {
            primary_public: primary_public?,
            primary_private: primary_private?,
            forwarding: forwarding??,
            nat_router: nat_router?,
            own_clients: own_clients?,
            timeouts: Timeouts { tcp: tcp?, tcp_fin: tcp_fin?, udp: udp? },
        })
    }

    /// Takes lvs.cf's `10.0.0.1 eth1:1` and `10.0.0.1/24` in the address's field too.
    fn read_nat_router(&self, reader: &mut Reader) -> Option<Option<NatRouter>> {
        let typed = typed::fold(&self.nat_router);
        let (word, device) = typed.split_once(' ').unwrap_or((&typed, ""));
        let (typed_address, typed_netmask) = typed::prefix(word);
        let word = device.trim().to_owned();
        let typed_device =
            if self.nat_router_device.trim().is_empty() { &word } else { &self.nat_router_device };
        let typed_netmask = if self.nat_nmask.trim().is_empty() { &typed_netmask } else { &self.nat_nmask };
        let address =
            reader.optional(Field::NatRouter, &self.nat_router, |_| HostAddress::parse(&typed_address));
        let device =
            reader.optional(Field::NatRouterDevice, typed_device, |text| Device::parse(&typed::fold(text)));
        let netmask = reader
            .optional(Field::NatRouterNetmask, typed_netmask, |text| PrefixLength::parse(&typed::fold(text)));
        match (&address, &device) {
            (Some(Some(_)), Some(None)) => reader.note(Field::NatRouterDevice, "", Reason::Missing),
            (Some(None), Some(Some(_))) => reader.note(Field::NatRouter, "", Reason::Missing),
            _ => {}
        }
        let (address, device, netmask) = (address?, device?, netmask?);
        Some(address.zip(device).map(|(address, device)| NatRouter { address, device, netmask }))
    }
}

impl From<&Settings> for SettingsInput {
    fn from(settings: &Settings) -> Self {
        let (network, tunnel_port, tunnel_csum) = forwarding_inputs(Some(settings.forwarding));
        let nat_router = settings.nat_router.as_ref();
        Self {
            primary: shown(settings.primary_public),
            primary_private: shown(settings.primary_private),
            network,
            tunnel_port,
            tunnel_csum,
            nat_router: shown(nat_router.map(|router| router.address)),
            nat_router_device: shown(nat_router.map(|router| &router.device)),
            nat_nmask: shown(nat_router.and_then(|router| router.netmask).map(PrefixLength::get)),
            own_clients: ticked(settings.own_clients),
            tcp_timeout: shown(settings.timeouts.tcp),
            tcpfin_timeout: shown(settings.timeouts.tcp_fin),
            udp_timeout: shown(settings.timeouts.udp),
        }
    }
}
