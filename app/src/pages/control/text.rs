//! The table as ipvsadm prints it, to be copied.

use leptos::prelude::*;
use model::{ClusterId, DirectorId};

use crate::components::{CopyText, EmptyState, Kind, LinkButton, Notice, PageHeader, Tone};
use crate::i18n::{control as words, listed, t, use_lang};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Text {
    /// Which cluster.
    pub cluster: ClusterId,
    /// The chosen form's word, and all of them: word, and the command that prints it.
    pub form: &'static str,
    /// The forms to choose from.
    pub forms: Vec<(&'static str, &'static str)>,
    /// The connected directors.
    pub directors: Vec<(DirectorId, String)>,
    /// The names of those that are not: whatever their tables hold is not in the sum.
    pub silent: Vec<String>,
    /// The one whose table it is; none: the sum of all.
    pub director: Option<DirectorId>,
    /// The table.
    pub text: String,
}

/// The page.
pub fn view(page: Text) -> AnyView {
    let lang = use_lang();
    let Text { cluster, form, forms, directors, silent, director, text } = page;
    let path = format!("/clusters/{cluster}/control/text");
    let back = format!("/clusters/{cluster}/control");
    if directors.is_empty() {
        return view! {
            <PageHeader title=t(words::TEXT_TITLE) intro=t(words::TEXT_INTRO)/>
            <EmptyState title=t(words::TEXT_NOBODY) text=String::new()>
                <LinkButton href=back label=t(words::TEXT_COPIED_PLACE) kind=Kind::Primary/>
            </EmptyState>
        }
        .into_any();
    }
    let address = |form: &str, director: Option<DirectorId>| match director {
        None => format!("{path}?form={form}"),
        Some(id) => format!("{path}?form={form}&director={id}"),
    };
    let command = forms.iter().find(|(word, _)| *word == form).map_or("", |(_, command)| *command);
    let tabs = forms.iter().map(|&(word, _)| {
        let label = match word {
            "stats" => words::TEXT_STATS,
            "rate" => words::TEXT_RATE,
            "thresholds" => words::TEXT_THRESHOLDS,
            _ => words::TEXT_LIST,
        };
        let current = (word == form).then_some("page");
        view! { <a class="button" href=address(word, director) aria-current=current>{label.get(lang)}</a> }
    });
    let whose = (directors.len() > 1).then(|| {
        let count = u64::try_from(directors.len()).unwrap_or(u64::MAX);
        let all = std::iter::once((None, words::TEXT_SUM.count(lang, count)));
        let each =
            directors.iter().map(|(id, name)| (Some(*id), words::TEXT_OF.with(lang, &[("name", name)])));
        let links = all.chain(each).map(|(id, label)| {
            let current = (id == director).then_some("page");
            view! { <a class="button" href=address(form, id) aria-current=current>{label}</a> }
        });
        view! { <nav class="bar" aria-label=t(words::DIRECTORS)>{links.collect_view()}</nav> }
    });
    let only = match &directors[..] {
        [(_, name)] => Some(words::TEXT_OF.with(lang, &[("name", name)])),
        _ => None,
    };
    let without = (!silent.is_empty()).then(|| {
        let names = listed(&silent, lang);
        let count = u64::try_from(silent.len()).unwrap_or(u64::MAX);
        let text = words::TEXT_WITHOUT.count_with(lang, count, &[("names", &names)]);
        view! { <Notice tone=Tone::Warning text=text/> }
    });
    view! {
        <PageHeader title=t(words::TEXT_TITLE) intro=t(words::TEXT_INTRO)/>
        {without}
        <nav class="bar" aria-label=t(words::TEXT_FORMS)>{tabs.collect_view()}</nav>
        {whose}
        <p class="help"><span class="mono">{command}</span>{only.map(|only| format!(" · {only}"))}</p>
        <CopyText label=t(words::TEXT_TITLE) text=text/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;

    fn page(directors: &[&str], director: Option<u32>) -> String {
        let directors = directors.iter().zip(1..).map(|(name, id)| (DirectorId(id), (*name).to_owned()));
        let text = Text {
            cluster: ClusterId(7),
            form: "rate",
            forms: vec![("list", "ipvsadm -Ln"), ("rate", "ipvsadm -Ln --rate")],
            directors: directors.collect(),
            silent: vec!["vs9".into()],
            director: director.map(DirectorId),
            text: "TCP  <1>\n".into(),
        };
        crate::frame::within(Lang::En, 0, || view(text))
    }

    #[test]
    fn the_chosen_form_is_marked_and_the_text_is_escaped() {
        let html = page(&["vs1"], None);
        assert!(html.contains("TCP  &lt;1&gt;") && html.contains("ipvsadm -Ln --rate"), "{html}");
        assert!(html.contains(r#"href="/clusters/7/control/text?form=rate" aria-current="page""#), "{html}");
        assert!(html.contains("Table of vs1") && html.contains("Not in it: vs9, which is not"), "{html}");
    }

    #[test]
    fn of_several_directors_one_can_be_chosen() {
        let html = page(&["vs1", "vs2"], Some(2));
        assert!(html.contains("The sum of 2 directors") && html.contains("Table of vs1"), "{html}");
        assert!(html.contains(r#"form=rate&amp;director=2" aria-current="page""#), "{html}");
        assert!(html.contains(r#"form=list&amp;director=2""#), "another form of the same director: {html}");
    }

    #[test]
    fn without_a_director_it_says_so() {
        assert!(page(&[], None).contains("No director is connected"));
    }
}
