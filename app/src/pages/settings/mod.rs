//! The console's own settings.

pub mod about;
pub mod certificate;

use leptos::prelude::*;

use crate::components::{
    Fact, Facts, FieldErrors, FieldGroup, Form, FormActions, Icon, LinkButton, Notice, PageHeader, Section,
    SubmitButton, TextField, Tone,
};
use crate::i18n::{common, settings as words, t, use_lang};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct SettingsPage {
    /// The pages' certificate; none for plain HTTP.
    pub certificate: Option<certificate::Certificate>,
    /// How long things are kept, as it is, or as it was typed.
    pub retention: Vec<Kept>,
    /// What tells how it is from how it was.
    pub base: String,
    /// What was wrong with what was typed of it.
    pub errors: FieldErrors,
    /// What was wrong with a certificate that was uploaded.
    pub upload_errors: FieldErrors,
    /// Where browsers connect.
    pub pages: String,
    /// Where agents connect.
    pub fleet: String,
    /// Whose word about visitors counts.
    pub proxies: Vec<String>,
    /// Where everything lasts.
    pub data: String,
    /// The program's version.
    pub version: String,
}

/// One number of how long things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name in the form.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What it is, or what was typed.
    pub value: String,
}

/// The page's view.
pub fn view(page: SettingsPage) -> AnyView {
    let lang = use_lang();
    let certificate = certificate::section(page.certificate, page.upload_errors);
    let errors = page.errors;
    let fields = page.retention.into_iter().map({
        let errors = errors.clone();
        move |kept| view! { <TextField name=kept.name label=kept.label value=kept.value errors=errors.clone() number=true/> }
    });
    let fields = fields.collect_view();
    let proxies = if page.proxies.is_empty() { t(common::NONE).to_owned() } else { page.proxies.join(", ") };
    let version = words::ABOUT_TEXT.with(lang, &[("version", &page.version)]);
    view! {
        <PageHeader title=t(words::TITLE) intro=t(words::INTRO)/>
        {certificate}
        <div class="section">
            <Form action="/settings/retention" errors=errors>
                <input type="hidden" name="base" value=page.base/>
                <FieldGroup title=t(words::RETENTION) help=t(words::RETENTION_HELP)>{fields}</FieldGroup>
                <FormActions submit=t(common::SAVE)/>
            </Form>
        </div>
        <Section title=t(words::BACKUP)>
            <p class="intro">{crate::components::coded(t(words::BACKUP_TEXT))}</p>
            <Notice tone=Tone::Warning text=t(words::BACKUP_SECRETS)/>
            // The page stays when the file comes, so a second backup may follow.
            <form method="post" action="/settings/backup" data-again="">
                <SubmitButton label=t(words::BACKUP_NOW) with=Icon::Import/>
            </form>
        </Section>
        <Section title=t(words::ADDRESSES)>
            <p class="intro">{crate::components::coded(t(words::ADDRESSES_HELP))}</p>
            <Facts>
                <Fact name=t(words::FOR_BROWSERS)><span class="mono">{page.pages}</span></Fact>
                <Fact name=t(words::FOR_AGENTS)><span class="mono">{page.fleet}</span></Fact>
                <Fact name=t(words::PROXIES)><span class="mono">{proxies}</span></Fact>
                <Fact name=t(words::DATA)><span class="mono">{page.data}</span></Fact>
            </Facts>
        </Section>
        <Section title=t(words::ABOUT)>
            <p class="intro">{version}</p>
            <p class="page-actions"><LinkButton href="/settings/about" label=t(words::ABOUT_LINK)/></p>
        </Section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    #[test]
    fn the_page_warns_of_secrets_and_says_where_it_listens() {
        let page = SettingsPage {
            pages: "127.0.0.1:3636".into(),
            fleet: "[2001:db8::1]:3637".into(),
            data: "/var/lib/arapaima".into(),
            version: "0.1.0".into(),
            ..SettingsPage::default()
        };
        let said = html(Lang::En, move || view(page));
        for part in
            ["private key of the agents", "[2001:db8::1]:3637", "/var/lib/arapaima", "plain HTTP", "0.1.0"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
