//! One person: roles, password, sessions, shutting out.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{ClusterId, Role};

use super::{NO_ROLE, Sessions, everywhere, names, role_value, sessions};
use crate::State;
use crate::components::{
    ActionForm, Ago, Choice, CopyText, DangerZone, Fact, Facts, FieldErrors, FieldGroup, Form, FormActions,
    Kind, LinkButton, Notice, PageHeader, RadioField, Section, SelectField, StateMark, SubmitButton,
    TextField, Tone,
};
use crate::i18n::{account, people as words, t, use_lang};

/// The names of all clusters.
pub type Clusters = BTreeMap<ClusterId, String>;

/// The form of a person's roles, as stored or as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolesForm {
    /// The console-wide role.
    pub role: String,
    /// A role, or none, for each cluster that has a field of its own.
    pub clusters: BTreeMap<ClusterId, String>,
    /// One more cluster; empty for none.
    pub add_cluster: String,
    /// The role there.
    pub add_role: String,
    /// The roles that the form was made with, as JSON.
    pub base: String,
    /// What was wrong with the last try.
    pub errors: FieldErrors,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub struct PersonPage {
    /// The account's number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Since when nobody can log in with it, in milliseconds since 1970.
    pub disabled_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// When its password was set.
    pub password_ms: i64,
    /// Its roles.
    pub form: RolesForm,
    /// For the names in it and for one more.
    pub clusters: Clusters,
    /// The password that has just been made, shown once.
    pub password: Option<String>,
    /// The fewest characters of a password.
    pub shortest: u64,
    /// What was wrong with the last new password.
    pub password_errors: FieldErrors,
    /// Whether it is the account of who looks.
    pub own: bool,
    /// Whether nobody else could administer the console without it.
    pub last: bool,
    /// Where the person is logged in.
    pub sessions: Sessions,
}

/// The page.
pub fn person(page: PersonPage) -> AnyView {
    let lang = use_lang();
    let PersonPage { id, name, disabled_ms, created_ms, password_ms, form, clusters, last, .. } = page;
    let (state, word) = if disabled_ms.is_some() {
        (State::Stopped, words::DISABLED)
    } else {
        (State::Serving, words::ENABLED)
    };
    let once = page.password.map(|password| {
        view! {
            <Notice tone=Tone::Warning text=t(words::PASSWORD_ONCE)/>
            <CopyText label=t(account::PASSWORD) text=password/>
        }
    });
    let password = if page.own {
        view! {
            <p>{t(words::OWN_PASSWORD)}</p>
            <p><LinkButton href="/account" label=t(account::CHANGE_PASSWORD)/></p>
        }
        .into_any()
    } else {
        password_form(id, page.shortest, page.password_errors)
    };
    view! {
        <PageHeader title=name.clone()/>
        {once}
        <Facts>
            <Fact name=t(words::COL_STATE)><StateMark state=state word=word.get(lang).to_owned() since=disabled_ms/></Fact>
            <Fact name=t(words::MADE)><Ago ms=created_ms/></Fact>
            <Fact name=t(words::PASSWORD_CHANGED)><Ago ms=password_ms/></Fact>
        </Facts>
        {roles_form(id, form, &clusters)}
        {sessions(page.sessions)}
        <Section title=t(words::SET_PASSWORD)>{password}</Section>
        {if last { only_one(&name) } else { danger(id, disabled_ms.is_some()) }}
    }
    .into_any()
}

fn password_form(id: i64, shortest: u64, errors: FieldErrors) -> AnyView {
    let help = words::NEW_PASSWORD_HELP.with(use_lang(), &[("n", &shortest)]);
    view! {
        <Form action=format!("/users/{id}/password") errors=errors.clone()>
            <p class="help">{t(words::SET_PASSWORD_HELP)}</p>
            <TextField name=names::PASSWORD label=t(account::NEW) kind="password" help=help errors=errors optional=true autocomplete="new-password"/>
            <div class="form-actions"><SubmitButton label=t(words::SET_PASSWORD) kind=Kind::Plain/></div>
        </Form>
    }
    .into_any()
}

fn roles_form(id: i64, form: RolesForm, clusters: &Clusters) -> AnyView {
    let RolesForm { role, clusters: own, add_cluster, add_role, base, errors } = form;
    let in_cluster = || {
        let role = |role: Role| Choice::new(role.name(), words::role(role, use_lang()));
        let none = Choice::new(NO_ROLE, t(words::NOTHING_MORE));
        std::iter::once(none).chain(Role::ALL.iter().map(|&one| role(one))).collect::<Vec<_>>()
    };
    let rest = clusters.iter().filter(|(id, _)| !own.contains_key(id));
    let rest = rest.map(|(id, name)| Choice::new(id.to_string(), name.clone()));
    let rest: Vec<Choice> = std::iter::once(Choice::new("", t(words::NO_CLUSTER))).chain(rest).collect();
    let add = (rest.len() > 1).then(|| {
        view! {
            <div class="pair">
                <SelectField name=names::ADD_CLUSTER label=t(words::ADD_CLUSTER) choices=rest value=add_cluster errors=errors.clone()/>
                <SelectField name=names::ADD_ROLE label=t(words::ADD_ROLE) choices=in_cluster() value=add_role/>
            </div>
        }
    });
    let rows = own.iter().filter_map(|(cluster, role)| {
        let label = clusters.get(cluster)?.clone();
        let (name, value) = (format!("{}{cluster}", names::CLUSTER), role.clone());
        Some(view! { <SelectField name=name label=label choices=in_cluster() value=value/> })
    });
    let rows = rows.collect_view();
    let single = (!clusters.is_empty()).then(|| {
        view! { <FieldGroup title=t(words::WHERE_CLUSTERS) help=t(words::CLUSTERS_HELP)>{rows}{add}</FieldGroup> }
    });
    view! {
        <Section title=t(words::ROLES)>
            <Form action=format!("/users/{id}") errors=errors.clone()>
                <input type="hidden" name=names::BASE value=base/>
                <RadioField name=names::ROLE label=t(words::WHERE_EVERYWHERE) choices=everywhere() value=role errors=errors.clone()/>
                {single}
                <FormActions submit=t(words::SAVE_ROLES) cancel="/users"/>
            </Form>
        </Section>
    }
    .into_any()
}

/// Why the account can neither be disabled nor deleted.
fn only_one(name: &str) -> AnyView {
    let why = words::LAST_ADMINISTRATOR.with(use_lang(), &[("name", &name)]);
    view! { <DangerZone><p>{why}</p></DangerZone> }.into_any()
}

fn danger(id: i64, disabled: bool) -> AnyView {
    let (row, label, to) = if disabled {
        (words::ENABLE_ROW, words::ENABLE, "")
    } else {
        (words::DISABLE_ROW, words::DISABLE, "yes")
    };
    let kind = if disabled { Kind::Plain } else { Kind::Danger };
    view! {
        <DangerZone>
            <p>{t(row)}</p>
            <ActionForm action=format!("/users/{id}/disabled") label=t(label) kind=kind hidden=vec![(names::DISABLED, to.to_owned())]/>
            <p>{t(words::DELETE_ROW)}</p>
            <LinkButton href=format!("/users/{id}/delete") label=t(words::DELETE) kind=Kind::Danger/>
        </DangerZone>
    }
    .into_any()
}

impl RolesForm {
    /// The form of these roles.
    pub fn of(roles: &model::Roles) -> Self {
        let clusters = roles.clusters.iter().map(|(id, role)| (*id, role.name().to_owned()));
        Self {
            role: role_value(roles.everywhere).to_owned(),
            clusters: clusters.collect(),
            add_cluster: String::new(),
            add_role: Role::Viewer.name().to_owned(),
            base: serde_json::to_string(roles).unwrap_or_default(),
            errors: FieldErrors::default(),
        }
    }
}
