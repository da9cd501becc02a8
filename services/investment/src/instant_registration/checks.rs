//! The review: every element of an application against every rule, with the evidence of each. Pure; the order of the list is the
//! order on the page.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kernel::papers::Paper;
use kernel::registers::{AddressState, AddressUse, DishonestyRow, Ground};
use kernel::{Answer, Finding, Outcome, Setting};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::application::{Apply, Kind, Role};
use super::facts::Facts;

/// What the State and the zone set by notice, as in force on the day of the decision.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Terms {
    /// Months for which a name is reserved.
    pub name_reservation_months: u32,
    /// Months for which the name of a cancelled or renamed firm stays protected.
    pub cancelled_name_months: u32,
    /// Months for which the name of a revoked firm stays protected.
    pub revoked_name_months: u32,
    /// Days for which a face check counts.
    pub face_check_days: u32,
    /// Firms that one unit may seat (一址多照).
    pub firms_per_address_max: u32,
    /// Kinds that the machine may decide.
    pub auto_kinds: Vec<String>,
    /// Years within which capital is paid in; none before the law set one.
    pub pay_in_years_max: Years,
    /// Grounds that bar from office, with their periods.
    pub disqualification: Disqualification,
    /// Classes or prefixes of GB/T 4754 that need prior approval (前置审批).
    pub licensed_industries: Vec<String>,
    /// Uses of a unit that permit business.
    pub commercial_uses: Vec<AddressUse>,
    /// Whether a dwelling may be a seat.
    pub residential_allowed: bool,
    /// Seconds until a silent library is asked again.
    pub review_retry_seconds: u32,
    /// Holders that a limited company may have.
    pub holders_max: usize,
    /// Forms of a name by kind of firm.
    pub forms_by_kind: BTreeMap<String, Vec<String>>,
}

/// A number of years, or none.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Years {
    /// So many.
    Limit(u32),
    /// The word `none`.
    None(String),
}

/// Periods in years during which a ground bars from office, with the article that says so.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Disqualification {
    /// After a sentence for corruption, property or market-order crimes.
    pub conviction_years: u32,
    /// After probation.
    pub probation_years: u32,
    /// After a bankruptcy for which the person answers.
    pub bankruptcy_years: u32,
    /// After a licence was revoked for which the person answers.
    pub revoked_years: u32,
    /// The article.
    pub basis: String,
}

/// All findings on an application. `signed` says whether everyone has signed.
pub fn review(application: &Apply, facts: &Facts, signed: bool, setting: &Setting) -> Vec<Finding> {
    let terms: &Terms = setting.terms();
    let mut findings = Vec::with_capacity(24);
    kind(application, terms, &mut findings);
    name(application, facts, setting, &mut findings);
    address(facts, setting, &mut findings);
    scope(application, terms, setting, &mut findings);
    capital(application, terms, setting, &mut findings);
    offices(application, &mut findings);
    identities(application, facts, terms, setting, &mut findings);
    dishonesty(application, facts, terms, setting, &mut findings);
    if signed {
        findings.push(Finding::new("signatures", "signatures.complete", Outcome::Pass));
    }
    findings
}

/// The gravest outcome.
pub fn verdict(findings: &[Finding]) -> Outcome {
    findings.iter().map(|f| f.outcome).max().unwrap_or(Outcome::Unknown)
}

fn kind(application: &Apply, terms: &Terms, findings: &mut Vec<Finding>) {
    let automatic = terms.auto_kinds.iter().any(|k| k == application.kind.slug());
    findings.push(
        Finding::test("kind", "kind.automatic", automatic, Outcome::Refer)
            .at("/kind")
            .with("kind", application.kind.slug()),
    );
    let foreign = application.holders.iter().position(|h| !matches!(h.paper, Paper::CitizenId(_)));
    let pointer = foreign.map(|n| format!("/holders/{n}/paper")).unwrap_or_default();
    findings.push(Finding::test("kind", "kind.domestic-holders", foreign.is_none(), Outcome::Refer).at(pointer));
}

fn unknown(element: &str, library: &str) -> Finding {
    Finding::new(element, "library.answers", Outcome::Unknown).with("library", library)
}

fn name(application: &Apply, facts: &Facts, setting: &Setting, findings: &mut Vec<Finding>) {
    let report = match &facts.name {
        Some(Answer::Given(report)) => report,
        Some(Answer::Down(down)) => return findings.push(unknown("name", &down.library)),
        None => return findings.push(unknown("name", "names")),
    };
    let terms: &Terms = setting.terms();
    let forms = terms.forms_by_kind.get(application.kind.slug());
    // A name that could not be read has no parts; the engine's own hit says why.
    if !report.parts.brand.is_empty() {
        // A sole proprietor's form is often the last word of the trade: 面馆 ends in 馆. A company's is exact: 股份有限公司 is another kind.
        let written = application.name.trim();
        let ends_so = |form: &str| application.kind == Kind::SoleProprietor && written.ends_with(form);
        let fits = forms.is_some_and(|forms| forms.iter().any(|form| report.parts.form == *form || ends_so(form)));
        let form = if report.parts.form.is_empty() {
            written
        } else {
            &report.parts.form
        };
        findings.push(
            Finding::test("name", "name.form", fits, Outcome::Block)
                .at("/name")
                .with("form", form),
        );
        let region = &report.parts.region;
        let local = setting.zone.card.region_words.iter().any(|word| region.starts_with(word.as_str()));
        let rule = if region.is_empty() { "name.no-region" } else { "name.region" };
        let otherwise = if region.is_empty() { Outcome::Refer } else { Outcome::Block };
        findings.push(Finding::test("name", rule, local, otherwise).at("/name").with("region", region));
    }
    // What the applicant says of an investment relation lifts rules; a human looks at the proof.
    if !application.investors.is_empty() {
        findings.push(Finding::new("name", "name.investment-relation", Outcome::Refer).at("/investors"));
    }
    for hit in &report.hits {
        let mut finding = Finding::new("name", &hit.rule, hit.outcome).at("/name");
        if let Some(against) = &hit.against {
            finding = finding.with("against", against);
        }
        if let Some(wording) = &hit.wording {
            finding = finding.with("wording", wording);
        }
        finding.words = Some(hit.words.clone());
        findings.push(finding);
    }
    match &facts.name_held_by {
        Some(Answer::Given(Some(holder))) => {
            findings.push(
                Finding::new("name", "name.not-reserved", Outcome::Block)
                    .at("/name")
                    .with("holder", holder),
            );
        }
        Some(Answer::Down(down)) => findings.push(unknown("name", &down.library)),
        Some(Answer::Given(None)) | None => findings.push(Finding::new("name", "name.not-reserved", Outcome::Pass).at("/name")),
    }
    if report.hits.iter().all(|h| h.outcome <= Outcome::Warn) {
        findings.push(
            Finding::new("name", "name.free", Outcome::Pass)
                .at("/name")
                .with("name", &application.name),
        );
    }
}

fn address(facts: &Facts, setting: &Setting, findings: &mut Vec<Finding>) {
    let terms: &Terms = setting.terms();
    let row = match &facts.address {
        Some(Answer::Given(row)) => row,
        Some(Answer::Down(down)) => return findings.push(unknown("address", &down.library)),
        None => return findings.push(unknown("address", "addresses")),
    };
    let test = |rule, kept, otherwise| Finding::test("address", rule, kept, otherwise).at("/address");
    let Some(row) = row else {
        return findings.push(test("address.exists", false, Outcome::Block));
    };
    findings.push(test("address.exists", true, Outcome::Block).with("address", &row.text));
    findings.push(test("address.standing", row.state == AddressState::Standing, Outcome::Block).with("address", &row.text));
    let business = terms.commercial_uses.contains(&row.used_for) || (terms.residential_allowed && row.used_for == AddressUse::Residential);
    findings.push(test("address.use", business, Outcome::Block).with("address", &row.text));
    let seats_held = facts.seats_held.unwrap_or(u32::MAX);
    let firms = u64::from(row.firms) + u64::from(seats_held);
    let room = row.shared || (facts.seats_held.is_some() && firms < u64::from(terms.firms_per_address_max));
    findings.push(
        test("address.seats", room, Outcome::Block)
            .with("firms", firms)
            .with("limit", terms.firms_per_address_max),
    );
}

fn scope(application: &Apply, terms: &Terms, setting: &Setting, findings: &mut Vec<Finding>) {
    for (n, code) in application.scope.iter().enumerate() {
        let known = setting.zone.industries.contains_key(code);
        if !known {
            findings.push(
                Finding::new("scope", "scope.known", Outcome::Block)
                    .at(format!("/scope/{n}"))
                    .with("code", code),
            );
        }
        if terms.licensed_industries.iter().any(|prefix| code.starts_with(prefix.as_str())) {
            let name = setting.zone.industries.get(code).cloned().unwrap_or_default();
            findings.push(
                Finding::new("scope", "scope.unlicensed", Outcome::Refer)
                    .at(format!("/scope/{n}"))
                    .with("code", code)
                    .with("name", name),
            );
        }
    }
    if findings.iter().all(|f| f.element != "scope") {
        findings.push(
            Finding::new("scope", "scope.known", Outcome::Pass)
                .at("/scope")
                .with("code", application.scope.join("、")),
        );
        findings.push(Finding::new("scope", "scope.unlicensed", Outcome::Pass).at("/scope"));
    }
    let main = application.scope.contains(&application.industry);
    findings.push(
        Finding::test("scope", "scope.main", main, Outcome::Block)
            .at("/industry")
            .with("code", &application.industry),
    );
}

fn capital(application: &Apply, terms: &Terms, setting: &Setting, findings: &mut Vec<Finding>) {
    let holders = &application.holders;
    let test = |rule, kept| Finding::test("capital", rule, kept, Outcome::Block);
    let sum: i128 = holders.iter().map(|h| i128::from(h.amount_fen)).sum();
    findings.push(
        test("capital.sum", sum == i128::from(application.capital_fen))
            .at("/capital_fen")
            .with("sum", yuan(sum))
            .with("capital", yuan(i128::from(application.capital_fen))),
    );
    let percent: Decimal = holders.iter().map(|h| h.percent).sum();
    findings.push(
        test("capital.percent", percent == Decimal::ONE_HUNDRED)
            .at("/holders")
            .with("sum", percent.normalize()),
    );
    let wrong = holders
        .iter()
        .position(|h| !share_fits(h.amount_fen, h.percent, application.capital_fen));
    let mut share = test("capital.share", wrong.is_none());
    if let Some(n) = wrong {
        share = share.at(format!("/holders/{n}/percent")).with("holder", &holders[n].name);
    }
    findings.push(share);
    let mut seen = BTreeSet::new();
    let twice = holders.iter().position(|h| !seen.insert(h.paper.key()));
    let mut once = test("capital.holders-once", twice.is_none());
    if let Some(n) = twice {
        once = once.at(format!("/holders/{n}/paper")).with("holder", &holders[n].name);
    }
    findings.push(once);
    let holders_max = if application.kind == Kind::SoleProprietor {
        1
    } else {
        terms.holders_max
    };
    findings.push(
        test("capital.holders-number", holders.len() <= holders_max)
            .at("/holders")
            .with("number", holders.len())
            .with("limit", holders_max),
    );
    if application.kind == Kind::LimitedCompany {
        findings.push(pay_in(application, terms, setting));
    }
}

fn pay_in(application: &Apply, terms: &Terms, setting: &Setting) -> Finding {
    let years = match &terms.pay_in_years_max {
        Years::Limit(years) => Some(*years),
        Years::None(_) => None,
    };
    let latest = years.map(|years| setting.today.saturating_add(jiff::Span::new().years(i64::from(years))));
    let kept = match (application.pay_by, latest) {
        (Some(by), Some(latest)) => by >= setting.today && by <= latest,
        (Some(by), None) => by >= setting.today,
        (None, _) => application.capital_fen == 0,
    };
    let day = |d: Option<Date>| d.map(|d| d.to_string()).unwrap_or_else(|| "—".into());
    Finding::test("capital", "capital.pay-in", kept, Outcome::Block)
        .at("/pay_by")
        .with("day", day(application.pay_by))
        .with("latest", day(latest))
}

/// A share is written with up to four decimals; it fits if the exact share rounds to it at those decimals.
fn share_fits(amount_fen: i64, percent: Decimal, capital_fen: i64) -> bool {
    if capital_fen == 0 {
        return amount_fen == 0;
    }
    let exact = Decimal::from(amount_fen) * Decimal::ONE_HUNDRED / Decimal::from(capital_fen);
    let tolerance = Decimal::new(1, percent.scale().min(4));
    (exact - percent).abs() < tolerance
}

fn yuan(fen: i128) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn offices(application: &Apply, findings: &mut Vec<Finding>) {
    if application.kind == Kind::SoleProprietor {
        return;
    }
    let holders_of = |role: Role| application.officers.iter().filter(move |o| o.role == role);
    let test = |rule, kept| Finding::test("people", rule, kept, Outcome::Block).at("/officers");
    let representatives = holders_of(Role::LegalRepresentative).count();
    findings.push(test("people.legal-representative", representatives == 1).with("number", representatives));
    // 公司法 2023 art. 10: the legal representative is a director or the manager who acts for the company.
    let representative = holders_of(Role::LegalRepresentative).next().map(|o| o.paper.key());
    let acting = application
        .officers
        .iter()
        .any(|o| matches!(o.role, Role::Director | Role::Manager) && Some(o.paper.key()) == representative);
    findings.push(test("people.acting", acting));
    findings.push(test("people.director", holders_of(Role::Director).count() >= 1));
    let running: BTreeSet<String> = holders_of(Role::Director)
        .chain(holders_of(Role::Manager))
        .map(|o| o.paper.key())
        .collect();
    let both = holders_of(Role::Supervisor).find(|o| running.contains(&o.paper.key()));
    let mut apart = test("people.supervisor-apart", both.is_none());
    if let Some(officer) = both {
        apart = apart.with("person", &officer.name);
    }
    findings.push(apart);
}

fn identities(application: &Apply, facts: &Facts, terms: &Terms, setting: &Setting, findings: &mut Vec<Finding>) {
    let rows = match &facts.identities {
        Some(Answer::Given(rows)) => rows,
        Some(Answer::Down(down)) => return findings.push(unknown("people", &down.library)),
        None => return findings.push(unknown("people", "identities")),
    };
    let officers: BTreeSet<String> = application.officers.iter().map(|o| o.paper.key()).collect();
    for (person, name) in application.people() {
        let pointer = pointer_of(application, &person);
        let row = rows.get(&person);
        let test = |rule, kept| {
            Finding::test("people", rule, kept, Outcome::Block)
                .at(pointer.clone())
                .with("person", &name)
        };
        let Some(row) = row else {
            findings.push(test("people.identity", false));
            continue;
        };
        findings.push(test("people.identity", true));
        // A person may stand in several places; each place must bear the name on the paper.
        let written = application.names_of(&person).find(|written| *written != row.name);
        findings.push(test("people.name", written.is_none()).with("person", written.unwrap_or(&name)));
        findings.push(
            test("people.face-check", is_fresh(row.verified_on, terms.face_check_days, setting.today))
                .with("day", row.verified_on)
                .with("days", terms.face_check_days),
        );
        if officers.contains(&person) {
            findings.push(test(
                "people.capacity",
                row.capacity && is_adult(application, &person, setting.today),
            ));
        }
    }
}

/// A face check counts for `days` days, and never from the future.
pub fn is_fresh(verified_on: Date, days: u32, today: Date) -> bool {
    verified_on <= today && verified_on.saturating_add(jiff::Span::new().days(i64::from(days))) >= today
}

fn is_adult(application: &Apply, person: &str, today: Date) -> bool {
    let papers = application.officers.iter().map(|o| &o.paper);
    papers.filter(|p| p.key() == person).all(|paper| match paper {
        Paper::CitizenId(id) => id.age_on(today).is_some_and(|years| years >= 18),
        _ => true,
    })
}

fn pointer_of(application: &Apply, person: &str) -> String {
    let officer = application
        .officers
        .iter()
        .position(|o| o.paper.key() == person)
        .map(|n| format!("/officers/{n}"));
    let holder = || {
        application
            .holders
            .iter()
            .position(|h| h.paper.key() == person)
            .map(|n| format!("/holders/{n}"))
    };
    officer.or_else(holder).unwrap_or_default()
}

fn dishonesty(application: &Apply, facts: &Facts, terms: &Terms, setting: &Setting, findings: &mut Vec<Finding>) {
    let rows = match &facts.dishonesty {
        Some(Answer::Given(rows)) => rows,
        Some(Answer::Down(down)) => return findings.push(unknown("dishonesty", &down.library)),
        None => return findings.push(unknown("dishonesty", "dishonesty")),
    };
    let representative = application.legal_representative().map(|(person, _)| person);
    let officers: BTreeMap<String, &str> = application.officers.iter().map(|o| (o.paper.key(), o.name.as_str())).collect();
    let mut clean = true;
    for row in rows {
        let represents = representative.as_deref() == Some(row.person.as_str());
        // A mere holder is not barred; company law bars from office, the tax lists bar who answers for the firm.
        let name = match (represents, officers.get(&row.person)) {
            (_, Some(name)) => *name,
            (true, None) => application.legal_representative().map(|(_, name)| name).unwrap_or_default(),
            (false, None) => continue,
        };
        if !bars(row, represents, application.kind, &terms.disqualification, setting.today) {
            continue;
        }
        clean = false;
        let rule = rule_of(row.ground);
        findings.push(
            Finding::new("dishonesty", rule, Outcome::Block)
                .at(pointer_of(application, &row.person))
                .with("person", name)
                .with("case", &row.case_number)
                .with("by", &row.listed_by)
                .with("since", row.since)
                .with("article", &terms.disqualification.basis),
        );
    }
    if clean {
        findings.push(Finding::new("dishonesty", "dishonesty.none", Outcome::Pass));
    }
}

fn rule_of(ground: Ground) -> &'static str {
    match ground {
        Ground::JudgmentDefaulter => "dishonesty.judgment-defaulter",
        Ground::Conviction => "dishonesty.conviction",
        Ground::Probation => "dishonesty.probation",
        Ground::BankruptcyLiable => "dishonesty.bankruptcy-liable",
        Ground::LicenceRevoked => "dishonesty.licence-revoked",
        Ground::TaxAbnormal => "dishonesty.tax-abnormal",
        Ground::TaxMajorViolation => "dishonesty.tax-major-violation",
    }
}

fn bars(row: &DishonestyRow, represents: bool, kind: Kind, periods: &Disqualification, today: Date) -> bool {
    if row.lifted_on.is_some_and(|day| day <= today) || row.since > today {
        return false;
    }
    let within = |years: u32| row.since.saturating_add(jiff::Span::new().years(i64::from(years))) > today;
    let company = kind == Kind::LimitedCompany;
    match row.ground {
        Ground::JudgmentDefaulter => company,
        Ground::Conviction => company && within(periods.conviction_years),
        Ground::Probation => company && within(periods.probation_years),
        Ground::BankruptcyLiable => company && within(periods.bankruptcy_years),
        Ground::LicenceRevoked => company && within(periods.revoked_years),
        Ground::TaxAbnormal | Ground::TaxMajorViolation => represents,
    }
}
