//! A change that cannot be taken back, because the rest of the draft needs it.

use leptos::prelude::*;
use model::plan::Part;

use super::ChangesPage;
use crate::components::{Icon, SubmitButton, icon};
use crate::i18n::{changes as words, t, use_lang};

/// Why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the rest of the draft clashes with, a sentence each.
    pub why: Vec<String>,
    /// The parts that can go back together, with what the other one is about.
    pub together: Option<(Vec<Part>, String)>,
}

impl Refused {
    /// The message above the plan.
    pub(super) fn view(self, page: &ChangesPage) -> impl IntoView + use<> {
        let lang = use_lang();
        let text = words::REVERT_CANNOT.with(lang, &[("why", &self.why.join(" "))]);
        let next = match self.together {
            None => view! { <p>{t(words::REVERT_FIRST)}</p> }.into_any(),
            Some((parts, what)) => {
                let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
                let (base, version) = (page.base(), page.version.to_string());
                view! {
                    <p>{words::REVERT_WITH.with(lang, &[("what", &what)])}</p>
                    <form class="action" method="post" action=format!("/clusters/{}/revert", page.id)>
                        <input type="hidden" name="base" value=base/>
                        <input type="hidden" name="draft" value=version/>
                        <SubmitButton label=t(words::REVERT_BOTH) name="part" value=parts.join(" ")/>
                    </form>
                }
                .into_any()
            }
        };
        view! {
            <div class="notice failing" role="alert">
                {icon(Icon::Warning)}
                <div class="notice-body"><p>{text}</p>{next}</div>
            </div>
        }
    }
}
