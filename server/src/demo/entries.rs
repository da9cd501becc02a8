//! Who stands in the register of dishonesty of the demonstration city, and for what.

use jiff::ToSpan;
use jiff::civil::Date;
use kernel::Zone;
use kernel::zone::ZoneError;

use super::DemoAccount;
use super::draw::Draw;
use super::people::{DEFAULTER, FIXED_COUNT, Person, before, registrar};

/// Grounds as they stand in a file, and who lists them.
const GROUNDS: [(&str, Lister); 7] = [
    ("judgment-defaulter", Lister::Court),
    ("conviction", Lister::Court),
    ("probation", Lister::Court),
    ("bankruptcy-liable", Lister::Court),
    ("licence-revoked", Lister::Registrar),
    ("tax-abnormal", Lister::Tax),
    ("tax-major-violation", Lister::Tax),
];

#[derive(Clone, Copy)]
enum Lister {
    Court,
    Registrar,
    Tax,
}

/// CSV of the register of dishonesty: the fixed defaulter, then `count - 1` of the invented people, some with two entries.
pub(super) fn table(
    zone: &Zone,
    people: &[Person],
    accounts: &[DemoAccount],
    on: Date,
    seed: u64,
    count: usize,
) -> Result<String, ZoneError> {
    let mut draw = Draw::new(seed, "entries");
    let mut rows = Vec::new();
    let defaulter = accounts
        .iter()
        .find(|account| account.account == DEFAULTER)
        .and_then(|account| account.paper.as_ref());
    if let Some(paper) = defaulter.filter(|_| count > 0) {
        let since = before(on, 200.days());
        rows.push(row(paper, GROUNDS[0], since, None, zone, &mut draw));
    }
    // Spread over the people; the fixed ones have no entry but that one.
    let invented = people.get(FIXED_COUNT..).unwrap_or_default();
    let wanted = count.saturating_sub(1).min(invented.len());
    for index in 0..wanted {
        let person = &invented[index * invented.len() / wanted];
        let entries = if draw.chance(10) { 2 } else { 1 };
        for _ in 0..entries {
            // Every ground comes up, each within and past its period; some entries were lifted again.
            let ground = GROUNDS[(index + rows.len()) % GROUNDS.len()];
            let days = if draw.chance(60) {
                draw.between(10, 700)
            } else {
                draw.between(1_200, 3_600)
            } as i64;
            let lifted = draw.chance(15).then(|| before(on, (days / 2).days()));
            rows.push(row(&person.paper, ground, before(on, days.days()), lifted, zone, &mut draw));
        }
    }
    super::table(
        [
            "paper_number",
            "paper_kind",
            "ground",
            "since",
            "case_number",
            "listed_by",
            "lifted_on",
        ],
        rows.into_iter(),
    )
}

fn row(
    paper: &kernel::papers::Paper,
    (ground, lister): (&str, Lister),
    since: Date,
    lifted: Option<Date>,
    zone: &Zone,
    draw: &mut Draw,
) -> [String; 7] {
    let city = zone.card.region_words.first().map_or("", String::as_str);
    let number = draw.between(1, 9_999);
    let year = since.year();
    let (case_number, listed_by) = match lister {
        Lister::Court => {
            let districts: Vec<&String> = zone
                .divisions
                .iter()
                .filter(|(code, _)| code.len() == 6)
                .map(|(_, name)| name)
                .collect();
            let district = if districts.is_empty() { "" } else { draw.pick(&districts).as_str() };
            let kind = if ground == "judgment-defaulter" {
                "执"
            } else if ground == "bankruptcy-liable" {
                "破"
            } else {
                "刑初"
            };
            (format!("（{year}）{kind}字第{number}号"), format!("{city}{district}人民法院"))
        }
        Lister::Registrar => {
            let agency = registrar(zone).and_then(|id| zone.card.agencies.get(&id));
            (
                format!("〔{year}〕罚字第{number}号"),
                agency.map_or_else(|| city.to_owned(), |name| name.zh.clone()),
            )
        }
        Lister::Tax => (format!("〔{year}〕税字第{number}号"), format!("{city}税务局")),
    };
    let lifted = lifted.map(|day| day.to_string()).unwrap_or_default();
    [
        paper.number().to_owned(),
        paper.kind().to_owned(),
        ground.into(),
        since.to_string(),
        case_number,
        listed_by,
        lifted,
    ]
}
