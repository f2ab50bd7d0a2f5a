//! The pages' certificate: what it says, and the ways to get another one.

use leptos::prelude::*;

use crate::components::{
    ActionForm, Fact, Facts, FieldErrors, FileField, Folded, Form, FormActions, Icon, Notice, Section,
    TextArea, Tone, page_time,
};
use crate::i18n::{settings as words, t, use_lang};
use crate::time;

/// Browsers of a site should not be surprised: so long before its end a page says so, in milliseconds.
const SOON_MS: i64 = 30 * 86_400_000;

/// Names of the form's fields.
pub mod names {
    /// The certificate as a file.
    pub const FILE: &str = "certificate_file";
    /// The certificate as text.
    pub const TEXT: &str = "certificate_text";
    /// The key as a file.
    pub const KEY_FILE: &str = "key_file";
    /// The key as text.
    pub const KEY_TEXT: &str = "key_text";
}

/// What the pages are protected with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Where it comes from.
    pub origin: Origin,
    /// The names and addresses that it is good for.
    pub names: Vec<String>,
    /// Who signed it; empty for itself.
    pub issuer: String,
    /// From when on it is good, in milliseconds since 1970.
    pub from_ms: i64,
    /// Until when.
    pub until_ms: i64,
    /// SHA-256.
    pub fingerprint: String,
    /// How many certificates there are in its chain.
    pub chain: usize,
    /// The certificate's text as it was pasted. Never the key's.
    pub typed: String,
}

/// Where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The console has made it.
    #[default]
    Own,
    /// Somebody has uploaded it.
    Uploaded,
    /// It lies in files that the command line names.
    Given(String),
}

pub(super) fn section(certificate: Option<Certificate>, errors: FieldErrors) -> AnyView {
    let lang = use_lang();
    let Some(certificate) = certificate else {
        return view! { <Section title=t(words::CERTIFICATE)><Notice tone=Tone::Info text=t(words::NO_TLS)/></Section> }
            .into_any();
    };
    let left = certificate.until_ms - page_time();
    let ending = if left <= 0 {
        Some((Tone::Failed, t(words::OVER).to_owned()))
    } else if left < SOON_MS && certificate.origin != Origin::Own {
        Some((Tone::Warning, words::SOON.with(lang, &[("span", &time::span(left, lang))])))
    } else {
        None
    };
    let ending = ending.map(|(tone, text)| view! { <Notice tone=tone text=text/> });
    let origin = match &certificate.origin {
        Origin::Own => t(words::ORIGIN_OWN).to_owned(),
        Origin::Uploaded => t(words::ORIGIN_UPLOADED).to_owned(),
        Origin::Given(path) => words::ORIGIN_GIVEN.with(lang, &[("path", path)]),
    };
    let names = if certificate.names.is_empty() {
        t(words::NO_NAMES).to_owned()
    } else {
        certificate.names.join(", ")
    };
    let issuer = if certificate.issuer.is_empty() {
        t(words::ISSUER_SELF).to_owned()
    } else {
        certificate.issuer.clone()
    };
    let (from, until) = (time::plain(certificate.from_ms), time::plain(certificate.until_ms));
    let validity = words::VALID_SPAN.with(lang, &[("from", &from), ("until", &until)]);
    let ours = !matches!(certificate.origin, Origin::Given(_));
    let change = ours.then(|| change(&certificate, errors));
    view! {
        <Section title=t(words::CERTIFICATE)>
            {ending}
            <Facts>
                <Fact name=t(words::ORIGIN)>{origin}</Fact>
                <Fact name=t(words::NAMES)><span class="mono">{names}</span></Fact>
                <Fact name=t(words::ISSUER)>{issuer}</Fact>
                <Fact name=t(words::VALIDITY)>{validity}</Fact>
                <Fact name=t(words::FINGERPRINT)><code class="fingerprint">{certificate.fingerprint.clone()}</code></Fact>
                <Fact name=t(words::CHAIN)>{certificate.chain}</Fact>
            </Facts>
            {change}
        </Section>
    }
    .into_any()
}

fn change(certificate: &Certificate, errors: FieldErrors) -> AnyView {
    let open = !errors.is_empty();
    let (for_certificate, for_key) = (errors.clone(), errors.clone());
    let typed = certificate.typed.clone();
    let action = if certificate.origin == Origin::Uploaded {
        view! {
            <p class="help">{t(words::WITHDRAW_HELP)}</p>
            <ActionForm action="/settings/certificate/withdraw" label=t(words::WITHDRAW)/>
        }
        .into_any()
    } else {
        view! {
            <p class="help">{t(words::RENEW_HELP)}</p>
            <ActionForm action="/settings/certificate/renew" label=t(words::RENEW) with=Icon::Refresh/>
        }
        .into_any()
    };
    view! {
        <Folded title=t(words::UPLOAD) summary=t(words::UPLOAD_SUMMARY).replace('`', "") open=open>
            <Form action="/settings/certificate" errors=errors upload=true>
                <FileField name=names::FILE label=t(words::UPLOAD_FILE) accept=".pem,.crt,.cer" errors=for_certificate help=Some(t(words::UPLOAD_FILE_HELP).to_owned())/>
                <TextArea name=names::TEXT label=t(words::UPLOAD_TEXT) value=typed/>
                <FileField name=names::KEY_FILE label=t(words::KEY_FILE) accept=".pem,.key" errors=for_key help=Some(t(words::KEY_HELP).to_owned())/>
                <TextArea name=names::KEY_TEXT label=t(words::KEY_TEXT) value=""/>
                <FormActions submit=t(words::UPLOAD_DO)/>
            </Form>
        </Folded>
        <div class="certificate-actions">{action}</div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::components::testing::html;

    fn certificate() -> Certificate {
        Certificate {
            names: vec!["console.example".into(), "::1".into()],
            until_ms: 86_400_000,
            fingerprint: "AB:CD".into(),
            chain: 1,
            ..Certificate::default()
        }
    }

    #[test]
    fn the_facts_are_shown_and_what_can_be_done() {
        let said = html(Lang::En, || section(Some(certificate()), FieldErrors::default()));
        for part in
            ["console.example, ::1", "AB:CD", "itself", "/settings/certificate/renew", "multipart/form-data"]
        {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn one_from_given_files_is_not_changed_here_and_an_ending_one_is_said() {
        let given = Certificate { origin: Origin::Given("/etc/x.pem".into()), ..certificate() };
        let said = html(Lang::En, || section(Some(given), FieldErrors::default()));
        assert!(said.contains("/etc/x.pem") && !said.contains("<form"), "{said}");
        assert!(said.contains("It ends in 24 h"), "{said}");
    }
}
