//! Whether a real server behind masquerading sends its answers where the director can rewrite them.
//!
//! A check and no more: whoever changes a machine's default gateway from afar may never reach it again.

use std::net::IpAddr;

use model::Settings;

use super::{Host, Place, Problem, Thing, Wanted};

/// Notes in `wanted` where the default gateway of the real server at `own` is not the director's gateway address. Without such an
/// address in the settings nobody knows which one it should be.
pub fn check(settings: &Settings, host: &Host, own: &Place, wanted: &mut Wanted) {
    let Some(router) = &settings.nat_router else { return };
    let needed = router.address.get();
    if needed.is_ipv4() != own.address.is_ipv4() || host.gateways.contains(&needed) {
        return;
    }
    let of_family: Vec<IpAddr> =
        host.gateways.iter().copied().filter(|gateway| gateway.is_ipv4() == needed.is_ipv4()).collect();
    let present = match of_family.as_slice() {
        [] => "this real server has no default gateway".to_owned(),
        gateways => {
            let gateways: Vec<_> = gateways.iter().map(ToString::to_string).collect();
            format!("this real server's default gateway is {}", gateways.join(", "))
        }
    };
    let family = if needed.is_ipv4() { "" } else { "-6 " };
    let words = format!(
        "{present}; its answers must leave by {needed}, or the director cannot rewrite them: `ip {family}route replace default via {needed}`, \
         and the same in the machine's network settings"
    );
    let problem = Problem { thing: Thing::Gateway(needed), words };
    if !wanted.problems.contains(&problem) {
        wanted.problems.push(problem);
    }
}
