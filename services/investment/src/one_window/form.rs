//! The one form: every fact stands in it once, and is handed from here to whoever needs it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::papers::{Paper, UnifiedCode};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::errand::{AccountOrder, SealOrder};
use crate::instant_registration::{Apply, Articles, Holder, Kind, Method, Officer, Role};
use crate::new_taxpayer_package::{Delivery, Person, TaxOrder};

/// A matter that can be chosen besides the registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// 公章刻制.
    Seals,
    /// 银行开户预约.
    Account,
    /// 新办纳税人套餐.
    Tax,
    /// 社保参保登记.
    SocialInsurance,
    /// 公积金开户.
    HousingFund,
    /// 就业登记.
    Employment,
}

impl Matter {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Seals,
        Self::Account,
        Self::Tax,
        Self::SocialInsurance,
        Self::HousingFund,
        Self::Employment,
    ];

    /// As it stands in JSON.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Seals => "seals",
            Self::Account => "account",
            Self::Tax => "tax",
            Self::SocialInsurance => "social-insurance",
            Self::HousingFund => "housing-fund",
            Self::Employment => "employment",
        }
    }

    /// The service that handles it.
    pub fn service(self) -> &'static str {
        match self {
            Self::Seals => "seal-engraving",
            Self::Account => "basic-account",
            Self::Tax => "new-taxpayer-package",
            Self::SocialInsurance => "social-insurance",
            Self::HousingFund => "housing-fund",
            Self::Employment => "employment-registration",
        }
    }

    /// The matter that a service handles.
    pub fn of_service(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|matter| matter.service() == slug)
    }
}

/// What somebody is in the firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duty {
    /// 法定代表人.
    LegalRepresentative,
    /// 董事 or 执行董事.
    Director,
    /// 经理.
    Manager,
    /// 监事.
    Supervisor,
    /// 办税人员.
    TaxAgent,
}

impl Duty {
    fn role(self) -> Option<Role> {
        match self {
            Self::LegalRepresentative => Some(Role::LegalRepresentative),
            Self::Director => Some(Role::Director),
            Self::Manager => Some(Role::Manager),
            Self::Supervisor => Some(Role::Supervisor),
            Self::TaxAgent => None,
        }
    }
}

/// Somebody who has to do with the firm: owner, officer, agent, or several of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Name as on the paper.
    #[schemars(length(min = 1, max = 60))]
    pub name: String,
    /// Paper.
    pub paper: Paper,
    /// Everything that this person is in the firm.
    #[serde(default)]
    #[schemars(length(max = 5), extend("uniqueItems" = true))]
    pub duties: Vec<Duty>,
    /// Subscribed amount in fen; none for who owns no share.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    pub amount_fen: Option<i64>,
    /// Share in percent, up to four decimals.
    #[serde(default)]
    #[schemars(with = "Option<String>", regex(pattern = r"^[0-9]{1,3}(\.[0-9]{1,4})?$"))]
    pub percent: Option<Decimal>,
    /// How it is contributed; in money if it is not said.
    #[serde(default)]
    pub method: Option<Method>,
}

/// Employees, told once for three authorities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Employees.
    #[schemars(range(min = 0, max = 100_000))]
    pub employees: u32,
    /// Day on which the first was hired.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub first_hired_on: Option<Date>,
    /// Rate of contribution to the housing fund in percent.
    #[serde(default)]
    #[schemars(range(min = 5, max = 12))]
    pub fund_percent: Option<u32>,
}

/// Which matters, and what only they need.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-when" = {"tag": "matters", "many": true, "fields": {
    "seals": ["seals"], "account": ["account"], "tax": ["tax"], "delivery": ["tax"],
    "staff": ["social-insurance", "housing-fund", "employment"],
}}))]
pub struct Wishes {
    /// The chosen matters.
    #[schemars(length(max = 6), extend("uniqueItems" = true))]
    pub matters: Vec<Matter>,
    /// For the engraver.
    #[serde(default)]
    pub seals: Option<SealOrder>,
    /// For the bank.
    #[serde(default)]
    pub account: Option<AccountOrder>,
    /// For the tax service.
    #[serde(default)]
    pub tax: Option<TaxOrder>,
    /// For social insurance, housing fund and employment.
    #[serde(default)]
    pub staff: Option<Staff>,
    /// Where everything goes; asked with the first matter that needs it.
    #[serde(default)]
    pub delivery: Option<Delivery>,
}

impl Wishes {
    /// The first chosen matter that lacks what it needs; `delivery` is known from before.
    pub fn lacking(&self, delivery: Option<&Delivery>) -> Option<Matter> {
        self.matters.iter().copied().find(|matter| match matter {
            Matter::Seals => self.seals.is_none(),
            Matter::Account => self.account.is_none(),
            Matter::Tax => self.tax.is_none() || (self.delivery.is_none() && delivery.is_none()),
            Matter::SocialInsurance | Matter::Employment => self.staff.is_none(),
            Matter::HousingFund => self.staff.as_ref().is_none_or(|s| s.fund_percent.is_none()),
        })
    }

    /// Adds later wishes to these; what is newly said wins.
    pub fn add(&mut self, later: &Self) {
        let known: BTreeSet<Matter> = self.matters.iter().chain(&later.matters).copied().collect();
        self.matters = known.into_iter().collect();
        let Self {
            seals,
            account,
            tax,
            staff,
            delivery,
            ..
        } = later.clone();
        self.seals = seals.or(self.seals.take());
        self.account = account.or(self.account.take());
        self.tax = tax.or(self.tax.take());
        self.staff = staff.or(self.staff.take());
        self.delivery = delivery.or(self.delivery.take());
    }
}

/// The whole form for a firm that does not exist yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What is to be registered.
    pub kind: Kind,
    /// The full name: region, brand, industry, form.
    #[schemars(length(min = 2, max = 100))]
    pub name: String,
    /// Main industry, a GB/T 4754 class.
    #[schemars(regex(pattern = r"^[A-T][0-9]{4}$"))]
    pub industry: String,
    /// Further items of the business scope; the main industry belongs to it anyway.
    #[serde(default)]
    #[schemars(length(max = 49), inner(regex(pattern = r"^[A-T][0-9]{4}$")))]
    pub further_scope: Vec<String>,
    /// Unified address code of the seat.
    #[schemars(regex(pattern = r"^[0-9]{12,40}$"))]
    pub address: String,
    /// Day by which the capital is paid in.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub pay_by: Option<Date>,
    /// Everyone, once, with all that he is in the firm. The capital is the sum of what they subscribe.
    #[schemars(length(min = 1, max = 200))]
    pub people: Vec<Member>,
    /// Unified codes of firms with an investment relation.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub investors: Vec<UnifiedCode>,
    /// Model articles adopted.
    pub articles: Articles,
    /// The applicant bears the risk of a similar name.
    #[serde(default)]
    pub accept_similar: bool,
    /// The other matters.
    pub wishes: Wishes,
    /// The applicant signs with this form.
    #[serde(default)]
    pub sign: bool,
}

impl Start {
    /// The application for registration that follows from the form.
    pub fn application(&self) -> Apply {
        let mut scope = vec![self.industry.clone()];
        scope.extend(self.further_scope.iter().filter(|code| **code != self.industry).cloned());
        let holder = |m: &Member| {
            Some(Holder {
                name: m.name.clone(),
                paper: m.paper.clone(),
                amount_fen: m.amount_fen?,
                percent: m.percent.unwrap_or_default(),
                method: m.method.unwrap_or(Method::Currency),
            })
        };
        let offices = |m: &Member| -> Vec<Officer> {
            let roles = m.duties.iter().filter_map(|duty| duty.role());
            roles
                .map(|role| Officer {
                    name: m.name.clone(),
                    paper: m.paper.clone(),
                    role,
                })
                .collect()
        };
        let holders: Vec<Holder> = self.people.iter().filter_map(holder).collect();
        Apply {
            kind: self.kind,
            name: self.name.clone(),
            industry: self.industry.clone(),
            scope,
            address: self.address.clone(),
            capital_fen: holders.iter().map(|h| h.amount_fen).fold(0, i64::saturating_add),
            pay_by: self.pay_by,
            holders,
            officers: self.people.iter().flat_map(offices).collect(),
            investors: self.investors.clone(),
            articles: self.articles,
            accept_similar: self.accept_similar,
            sign: self.sign,
        }
    }

    /// Who deals with the tax service, if somebody is named for it.
    pub fn tax_agent(&self) -> Option<Person> {
        let agent = self.people.iter().find(|m| m.duties.contains(&Duty::TaxAgent))?;
        Some(Person {
            person: agent.paper.key(),
            name: agent.name.clone(),
        })
    }
}

/// The form for a firm that is registered already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Continue {
    /// The firm; all else is known of it.
    pub unified_code: UnifiedCode,
    /// The matters.
    pub wishes: Wishes,
}
