//! The doctor, on real ailments.

use super::{KERNEL, Scenario, Stage, cluster};
use crate::guide::{Guide, VIP6, WEB};
use crate::time::until;
use anyhow::{Result, ensure};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "doctor",
    about: "the doctor finds what is wrong with a machine, says how to mend it, and mends what it may",
    planes: KERNEL,
    run,
};

/// The kernel's own tunnel device, which is nobody's.
const FILTER: &str = "net/ipv4/conf/tunl0/rp_filter";

fn run(stage: &mut Stage) -> Result<()> {
    stage.guide.direct_return()?;
    stage.guide.set_up(&cluster::guide("tunnel", &["real1", "real2"]), &[])?;
    stage.guide.enrol_real_server("real1")?;
    stage.check("a director that directs is found well [arapaima-agent doctor]", |guide| {
        until(|| {
            let said = guide.examine("vs1")?;
            ensure!(!said.contains("FAILING"), "{said}");
            Ok(())
        })
    })?;
    stage.check("a real server that answers ARP for the virtual address is named", |guide| {
        let real = guide.place("real2")?.clone();
        real.ip("addr add 10.0.0.2/24 dev eth1\n")?;
        let said = guide.examine("vs1")?;
        let mac = real.mac("eth1")?;
        ensure!(said.contains(&format!("{mac} answers for 10.0.0.2")), "{said}");
        real.ip("addr del 10.0.0.2/24 dev eth1\n")
    })?;
    stage.check("one that answers neighbour solicitations is named too", |guide| {
        add_six(guide)?;
        let real = guide.place("real2")?.clone();
        let quiet = guide.examine("vs1")?;
        ensure!(!quiet.contains("answers for"), "{quiet}");
        real.ip(&format!("addr add {VIP6}/64 dev eth1 nodad\n"))?;
        let said = guide.examine("vs1")?;
        let mac = real.mac("eth1")?;
        ensure!(said.contains(&format!("{mac} answers for {VIP6}")), "{said}");
        // On loopback it keeps quiet, as the command says.
        let command = format!("ip -6 address flush to {VIP6}; ip address add {VIP6}/128 dev lo");
        ensure!(said.contains(&command), "{said}");
        real.read(&["sh", "-c", &command])?;
        let said = guide.examine("vs1")?;
        ensure!(!said.contains("answers for"), "{said}");
        Ok(())
    })?;
    stage.check("a strict filter is mended from the console's page [sysctl]", |guide| {
        let real = guide.place("real1")?.clone();
        real.ip("link set tunl0 up\n")?;
        real.set_sysctl(FILTER, "1")?;
        let console = guide.console()?;
        let page = "/directors/2";
        console.press(page, "doctor", &[])?;
        console.press(page, "doctor", &[("fix", &format!("sysctl {FILTER}=2"))])?;
        let now = real.sysctl(FILTER)?;
        ensure!(now == "2", "{FILTER} is {now}");
        Ok(())
    })?;
    stage.check("activations let it be, the cluster serves", |guide| {
        let console = guide.console()?;
        console.edit_service("web", &[("scheduler", "wlc")])?;
        console.apply()?;
        guide.verified()?;
        let now = guide.place("real1")?.sysctl(FILTER)?;
        ensure!(now == "2", "{FILTER} is {now}");
        guide.answered_by(WEB, &["real1"])
    })?;
    stage.check("the agent that leaves gives it back [sysctl]", |guide| {
        guide.leave("real1")?;
        let now = guide.place("real1")?.sysctl(FILTER)?;
        ensure!(now == "1", "{FILTER} is {now}");
        Ok(())
    })
}

/// A service with an IPv6 address, whose real server needs none.
fn add_six(guide: &mut Guide) -> Result<()> {
    let console = guide.console()?;
    console.add_service(&[
        ("name", "six"),
        ("address", &VIP6.to_string()),
        ("ports", "80"),
        ("device", "eth0"),
        ("scheduler", "rr"),
        ("timeout", "1"),
        ("reentry", "2"),
    ])?;
    console.apply()?;
    guide.verified()
}
