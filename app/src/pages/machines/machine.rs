//! One machine in all its virtual servers: weight, taking part and name are changed in several of them at once.

use leptos::prelude::*;
use model::{ClusterId, DestinationId, Field, HostAddress, ServiceId};

use super::fares;
use crate::State;
use crate::components::{
    Column, DataTable, FieldErrors, FieldGroup, Form, Kind, ModelField, Notice, PageHeader, RowLink,
    SubmitButton, Tone,
};
use crate::i18n::{common, machines as words, servers, t, use_lang};
use crate::pages::services::status;

/// The page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinePage {
    /// The cluster.
    pub cluster: ClusterId,
    /// Its address.
    pub address: HostAddress,
    /// The virtual servers that it answers for.
    pub memberships: Vec<Membership>,
    /// The weight as typed; what it has everywhere, or nothing where that differs.
    pub weight: String,
    /// The name likewise.
    pub name: String,
    /// What it was when the page was made, as JSON.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
    /// Whether somebody else changed it meanwhile.
    pub conflict: bool,
}

/// A machine within a virtual server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The virtual server.
    pub service: ServiceId,
    /// Its name.
    pub service_name: String,
    /// What clients connect to.
    pub reached: String,
    /// Which real server it is there.
    pub id: DestinationId,
    /// Its name there.
    pub name: String,
    /// Its port there; none: the virtual server's.
    pub port: Option<u16>,
    /// Its weight there.
    pub weight: u32,
    /// Whether it is active there.
    pub active: bool,
    /// How it fares there and since when; none where that is not applied.
    pub state: Option<(State, i64)>,
    /// Whether what is done below is done here.
    pub ticked: bool,
}

/// The page.
pub fn machine(page: MachinePage) -> impl IntoView {
    let lang = use_lang();
    let MachinePage { cluster, address, memberships, weight, name, base, errors, conflict } = page;
    let count = u64::try_from(memberships.len()).unwrap_or(u64::MAX);
    let columns = vec![
        Column::unspoken(t(words::COL_TICK)),
        Column::text(t(words::COL_STATE)),
        Column::text(t(words::COL_SERVICE)),
        Column::text(t(words::COL_VIP)).secondary(),
        Column::text(t(words::COL_NAME_HERE)),
        Column::text(t(words::COL_PORT)).secondary(),
        Column::number(t(words::COL_WEIGHT)),
        Column::text(t(words::COL_CONFIGURED)),
    ];
    let rows = memberships.into_iter().map(|one| row(cluster, one)).collect_view();
    let unticked = errors.about("ticked").map(|text| view! { <p class="error" id="e-ticked">{text}</p> });
    let (of_weight, of_name) = (errors.clone(), errors.clone());
    view! {
        <PageHeader title=words::MACHINE_TITLE.with(lang, &[("address", &address)]) intro=words::MACHINE_INTRO.count(lang, count)/>
        {conflict.then(|| view! { <Notice tone=Tone::Warning text=t(words::MOVED)/> })}
        <div class="machine">
            <Form action=format!("/clusters/{cluster}/machines/{address}") errors=errors>
                <input type="hidden" name="base" value=base/>
                <FieldGroup title=t(words::WHICH)>
                    <div id="f-ticked" tabindex="-1">
                        <DataTable caption=t(words::MACHINE_TABLE) columns=columns>{rows}</DataTable>
                    </div>
                    {unticked}
                </FieldGroup>
                <FieldGroup title=t(words::Q_SHARE)>
                    <ModelField field=Field::Weight value=weight errors=of_weight number=true/>
                    <div class="form-actions bare">
                        <SubmitButton label=t(words::SET_WEIGHT) kind=Kind::Primary name="do" value="weight"/>
                        <SubmitButton label=t(words::DRAIN) name="do" value="drain"/>
                    </div>
                </FieldGroup>
                <FieldGroup title=t(words::Q_TAKES_PART)>
                    <div class="form-actions bare">
                        <SubmitButton label=t(common::ACTIVATE) name="do" value="activate"/>
                        <SubmitButton label=t(common::DEACTIVATE) name="do" value="deactivate"/>
                    </div>
                </FieldGroup>
                <FieldGroup title=t(words::Q_CALLED)>
                    <ModelField field=Field::ServerName value=name errors=of_name/>
                    <div class="form-actions bare">
                        <SubmitButton label=t(words::RENAME) name="do" value="rename"/>
                    </div>
                </FieldGroup>
            </Form>
        </div>
    }
}

fn row(cluster: ClusterId, one: Membership) -> impl IntoView {
    let lang = use_lang();
    let Membership { service, service_name, reached, id, name, port, weight, active, state, ticked } = one;
    let spoken = words::TICK.with(lang, &[("service", &service_name)]);
    let base = format!("/clusters/{cluster}/services/{service}/servers");
    let port = port.map_or_else(|| t(servers::SAME_PORT).to_owned(), |port| port.to_string());
    view! {
        <tr class:inactive=!active>
            <td class="tick"><input type="checkbox" name="id" value=id.to_string() checked=ticked aria-label=spoken/></td>
            <td>{fares(state)}</td>
            <td class="name"><RowLink href=base.clone() label=service_name/></td>
            <td class="mono secondary">{reached}</td>
            <td class="name"><a href=format!("{base}/{id}") title=name>{name.clone()}</a></td>
            <td class="mono secondary">{port}</td>
            <td class="num">{weight}</td>
            <td>{status(active)}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn each_virtual_server_has_a_box_of_its_own() {
        let membership = |id: u32, name: &str, ticked| Membership {
            service: ServiceId(id),
            service_name: name.into(),
            reached: "tcp [2001:db8::1]:443".into(),
            id: DestinationId(id + 100),
            name: "real1".into(),
            port: None,
            weight: id,
            active: true,
            state: (id == 1).then_some((State::Serving, 1)),
            ticked,
        };
        let mut errors = FieldErrors::default();
        errors.push("weight", "Weight", "Not a whole number.");
        let page = html(Lang::En, || {
            machine(MachinePage {
                cluster: ClusterId(1),
                address: HostAddress::parse("2001:db8::9").unwrap(),
                memberships: vec![membership(1, "web", true), membership(2, "<mail>", false)],
                weight: "much".into(),
                name: "real1".into(),
                base: "{}".into(),
                errors,
                conflict: false,
            })
        });
        assert!(page.contains(r#"action="/clusters/1/machines/2001:db8::9""#), "{page}");
        assert!(
            page.contains(r#"value="101" checked"#) && !page.contains(r#"value="102" checked"#),
            "{page}"
        );
        assert!(page.contains("Change it in &lt;mail&gt;") && page.contains("not applied"), "{page}");
        assert!(page.contains(r#"value="much""#) && page.contains(r#"id="e-weight""#), "{page}");
    }
}
