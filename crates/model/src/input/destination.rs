//! The form of a real server.

use super::reader::Reader;
use super::{input, shown, shown_note, ticked, typed};
use crate::{
    Cluster, Destination, DestinationId, Field, Forwarding, HostAddress, Name, Port, Problems, Reason,
    Threshold, Thresholds, TunnelChecksum, VirtualService,
};

input! {
    /// What a form for a real server holds.
    DestinationInput {
        server_name = ServerName,
        server_active = ServerActive,
        server_address = ServerAddress,
        server_port = ServerPort,
        weight = Weight,
        forwarding = Forwarding,
        tunnel_port = TunnelPort,
        tunnel_csum = TunnelChecksum,
        upper_threshold = UpperThreshold,
        lower_threshold = LowerThreshold,
        server_note = ServerNote,
    }
}

impl DestinationInput {
    /// An empty form with Piranha's weight; unlike Piranha's, the server takes part from the start.
    pub fn new() -> Self {
        Self { server_active: ticked(true), weight: "1".into(), ..Self::default() }
    }

    /// The destination meant; else everything that is wrong.
    pub fn parse(&self) -> Result<Destination, Problems> {
        let mut reader = Reader::default();
        let destination = self.read(&mut reader);
        reader.finish(destination, Field::ServerName)
    }

    /// As [`Self::parse`], and also what would clash in `service`, where the destination is `id` or a new one.
    pub fn parse_in(
        &self,
        cluster: &Cluster,
        service: &VirtualService,
        id: Option<DestinationId>,
    ) -> Result<Destination, Problems> {
        let mut reader = Reader::default();
        let destination = self.read(&mut reader);
        match &destination {
            Some(destination) => reader.extend(cluster.destination_problems(service, id, destination)),
            // With a field wrong elsewhere, a name that is taken is worth telling nevertheless.
            None => {
                let mut others = service.destinations.iter().filter(|(other, _)| Some(**other) != id);
                if let Ok(name) = Name::parse(&self.server_name)
                    && others.any(|(_, other)| other.name == name)
                {
                    reader.note(Field::ServerName, &self.server_name, Reason::DuplicateName);
                }
            }
        }
        reader.finish(destination, Field::ServerName)
    }

    fn read(&self, reader: &mut Reader) -> Option<Destination> {
        let name = reader.required(Field::ServerName, &self.server_name, Name::parse);
        let active = reader.flag(Field::ServerActive, &self.server_active);
        let no_port = self.server_port.trim().is_empty();
        let (address, port) = if no_port {
            typed::socket(&self.server_address)
        } else {
            (typed::fold(&self.server_address), String::new())
        };
        let typed_port = if port.is_empty() { &self.server_port } else { &port };
        let address =
            reader.required(Field::ServerAddress, &self.server_address, |_| HostAddress::parse(&address));
        let port = reader.optional(Field::ServerPort, typed_port, |text| Port::parse(&typed::fold(text)));
        let weight = reader.required(Field::Weight, &self.weight, super::weight);
        let forwarding = read_forwarding(
            reader,
            Field::Forwarding,
            &self.forwarding,
            &self.tunnel_port,
            &self.tunnel_csum,
        );
        let threshold = |text: &str| Threshold::parse(&typed::fold(text));
        let upper = reader.unless_zero(Field::UpperThreshold, &self.upper_threshold, threshold);
        let lower = reader.unless_zero(Field::LowerThreshold, &self.lower_threshold, threshold);
        let thresholds = upper.zip(lower).and_then(|(upper, lower)| {
            let thresholds = Thresholds::try_new(upper, lower);
            thresholds
                .map_err(|reason| reader.note(Field::LowerThreshold, &self.lower_threshold, reason))
                .ok()
        });
        let note = reader.note_of(Field::ServerNote, &self.server_note);
        Some(Destination {
            name: name?,
            address: address?,
            port: port?,
            weight: weight?,
            forwarding: forwarding?,
            thresholds: thresholds?,
            active: active?,
            note: note?,
        })
    }
}

impl From<&Destination> for DestinationInput {
    fn from(destination: &Destination) -> Self {
        let (forwarding, tunnel_port, tunnel_csum) = forwarding_inputs(destination.forwarding);
        Self {
            server_name: destination.name.to_string(),
            server_active: ticked(destination.active),
            server_address: destination.address.to_string(),
            server_port: shown(destination.port),
            weight: destination.weight.to_string(),
            forwarding,
            tunnel_port,
            tunnel_csum,
            upper_threshold: shown(destination.thresholds.upper()),
            lower_threshold: shown(destination.thresholds.lower()),
            server_note: shown_note(destination.note.as_ref()),
        }
    }
}

/// A forwarding method in three fields; empty means "as the cluster's". A port that the method has no use for is refused: it
/// would be lost unseen.
pub(super) fn read_forwarding(
    reader: &mut Reader,
    field: Field,
    method: &str,
    port: &str,
    checksum: &str,
) -> Option<Option<Forwarding>> {
    let choice = typed::fold(method).to_ascii_lowercase();
    if choice != "gue" && !port.trim().is_empty() {
        reader.note(Field::TunnelPort, port, Reason::PortNeedsGue);
    }
    match choice.as_str() {
        "" => Some(None),
        "gue" | "gre" => {
            let gue = choice == "gue";
            let port = if gue {
                reader.required(Field::TunnelPort, port, |text| Port::parse(&typed::fold(text)))
            } else {
                Some(Port::MIN)
            };
            let checksum = match typed::fold(checksum).to_ascii_lowercase().as_str() {
                "" | "nocsum" => Some(TunnelChecksum::None),
                "csum" => Some(TunnelChecksum::Full),
                "remcsum" if gue => Some(TunnelChecksum::Remote),
                _ => {
                    let choices = if gue { "nocsum, csum, remcsum" } else { "nocsum, csum" };
                    reader.note(Field::TunnelChecksum, checksum, Reason::NotOneOf { choices });
                    None
                }
            };
            let (port, checksum) = (port?, checksum?);
            Some(Some(if gue { Forwarding::Gue(port, checksum) } else { Forwarding::Gre(checksum) }))
        }
        _ => reader.required(field, method, |_| Forwarding::parse(&choice)).map(Some),
    }
}

/// The three fields of a forwarding method.
pub(super) fn forwarding_inputs(forwarding: Option<Forwarding>) -> (String, String, String) {
    let checksum = |checksum| match checksum {
        TunnelChecksum::None => "nocsum".to_owned(),
        TunnelChecksum::Full => "csum".to_owned(),
        TunnelChecksum::Remote => "remcsum".to_owned(),
    };
    match forwarding {
        Some(Forwarding::Gue(port, sum)) => ("gue".into(), port.to_string(), checksum(sum)),
        Some(Forwarding::Gre(sum)) => ("gre".into(), String::new(), checksum(sum)),
        Some(other) => (other.to_string(), String::new(), String::new()),
        None => (String::new(), String::new(), String::new()),
    }
}
