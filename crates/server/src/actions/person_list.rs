//! All accounts, for those who keep order.

use chinwag_model::name::search_key;
use chinwag_model::{Millis, Scope, Standing, User};
use chinwag_store::{Account, Listed};
use serde::{Deserialize, Serialize};

use super::{Action, Limit, Needs, Place};
use crate::app::{App, Who};
use crate::error::Error;
use crate::limits::{self, Limited};

/// Which accounts are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Group {
    #[default]
    All,
    /// Moderators, administrators and owners.
    Staff,
    /// Suspended or banned.
    Restricted,
}

/// Loads a page of accounts by name, or of those with a word in their name that begins with `text`.
#[derive(Deserialize)]
pub(crate) struct PersonList {
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) group: Group,
    pub(crate) after: Option<Place>,
    #[serde(default)]
    pub(crate) limit: Limit,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) people: Vec<Listing>,
    pub(crate) next: Option<Place>,
}

/// An account, as those who keep order see it.
#[derive(Serialize)]
pub(crate) struct Listing {
    #[serde(flatten)]
    pub(crate) user: User,
    pub(crate) at: Millis,
    pub(crate) standing: Standing,
    /// 0: never muted.
    pub(crate) muted_until: Millis,
}

impl From<Account> for Listing {
    fn from(account: Account) -> Self {
        let Account { user, at, standing, muted_until } = account;
        Self { user, at, standing, muted_until }
    }
}

impl Action for PersonList {
    const EVENT: &'static str = "person:list";
    const NEEDS: Needs = Needs::Scope(Scope::Administration);
    type Answer = Answer;

    async fn act(self, app: &App, who: &Who) -> Result<Answer, Error> {
        limits::take(app, Limited::Search(who.user.id)).await?;
        let text = self.text.map(|text| search_key(&text)).filter(|text| !text.is_empty());
        let listed = match (text, self.group) {
            (Some(text), _) => Listed::Named(text),
            (None, Group::All) => Listed::All,
            (None, Group::Staff) => Listed::Staff,
            (None, Group::Restricted) => Listed::Restricted,
        };
        let after = self.after.map(Into::into);
        let page = app.store.accounts(Some(who.user.id), listed, after, self.limit.get()).await?;
        let people = page.accounts.into_iter().map(Into::into).collect();
        Ok(Answer { people, next: page.next.map(Into::into) })
    }
}
