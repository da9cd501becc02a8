//! The people of the demonstration city: invented names, numbers that check and are nobody's.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use kernel::papers::{CitizenId, HongKongMacaoPermit, Paper};
use kernel::zone::ZoneError;
use kernel::{Bilingual, Zone};

use super::draw::Draw;
use super::lists::Lists;
use super::{AccountKind, DemoAccount};

/// A person of the register of identities.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub paper: Paper,
    pub name: String,
    pub verified_on: Date,
    pub capacity: bool,
}

/// What a fixed person is in the city for.
struct Fixed {
    account: Option<&'static str>,
    name: &'static str,
    birth: (i16, i8, i8),
    /// Order number within division and day; odd for men.
    order: u32,
    /// Days since the last face check.
    checked_days_ago: i64,
    note: (&'static str, &'static str),
}

/// The day counts of these two are what their notes say; [`STALE_DAYS`] is older than any zone would take.
const FRESH_DAYS: i64 = 20;
const STALE_DAYS: i64 = 2_000;

/// Who is barred by the register of dishonesty.
pub(super) const DEFAULTER: &str = "he.jianbo";
/// Whose face check is too old.
pub(super) const STALE: &str = "tang.shuwen";

/// Ten people who are the same under every seed, so that stories and tests can name them.
#[rustfmt::skip]
const FIXED: [Fixed; 10] = [
    Fixed { account: Some("lin.xiaoyu"), name: "林晓雨", birth: (1992, 3, 18), order: 102, checked_days_ago: FRESH_DAYS, note: ("申请人", "applicant") },
    Fixed { account: Some("chen.zhiyuan"), name: "陈致远", birth: (1988, 11, 2), order: 215, checked_days_ago: FRESH_DAYS, note: ("股东、合伙创业者", "shareholder and co-founder") },
    Fixed { account: Some("wu.minhua"), name: "吴敏华", birth: (1979, 7, 25), order: 328, checked_days_ago: FRESH_DAYS, note: ("监事、股东", "supervisor and shareholder") },
    Fixed { account: Some("zhou.qiming"), name: "周启明", birth: (1995, 1, 30), order: 431, checked_days_ago: FRESH_DAYS, note: ("另一位申请人", "another applicant") },
    Fixed { account: Some(DEFAULTER), name: "何建波", birth: (1974, 9, 9), order: 517, checked_days_ago: FRESH_DAYS, note: ("失信被执行人：不得担任法定代表人", "judgment defaulter: barred from office") },
    Fixed { account: Some(STALE), name: "唐淑雯", birth: (1990, 5, 21), order: 604, checked_days_ago: STALE_DAYS, note: ("实名核身已过期", "face check too old") },
    Fixed { account: None, name: "郑安宁", birth: (1985, 12, 12), order: 722, checked_days_ago: FRESH_DAYS, note: ("", "") },
    Fixed { account: None, name: "罗嘉怡", birth: (1998, 2, 28), order: 846, checked_days_ago: FRESH_DAYS, note: ("", "") },
    Fixed { account: None, name: "邓海川", birth: (1969, 4, 4), order: 913, checked_days_ago: FRESH_DAYS, note: ("", "") },
    Fixed { account: None, name: "苏云帆", birth: (2001, 10, 16), order: 155, checked_days_ago: FRESH_DAYS, note: ("", "") },
];

/// How many people are the same under every seed.
pub(super) const FIXED_COUNT: usize = FIXED.len();

/// The ten fixed people and then invented ones, `count` in all and at least the ten; `on` is the city's today.
pub(super) fn people(zone: &Zone, lists: &Lists, on: Date, seed: u64, count: usize) -> Result<Vec<Person>, ZoneError> {
    let mut draw = Draw::new(seed, "people");
    let mut taken = std::collections::HashSet::new();
    let mut people = FIXED.iter().map(|fixed| fixed.person(zone, on)).collect::<Result<Vec<_>, _>>()?;
    taken.extend(people.iter().map(|person| person.paper.key()));
    while people.len() < count {
        let person = invent(zone, lists, on, &mut draw)?;
        if taken.insert(person.paper.key()) {
            people.push(person);
        }
    }
    Ok(people)
}

/// Names of the officers of the agencies besides the registrar, in turn.
const OFFICERS: [&str; 8] = ["白映雪", "邱海峰", "沈国栋", "方若敏", "任启明", "许静仪", "罗子安", "秦可欣"];

/// The accounts of the city: six citizens, two officers of the registrar, one of each other agency that handles a part, one administrator.
pub(super) fn accounts(zone: &Zone) -> Result<Vec<DemoAccount>, ZoneError> {
    let mut accounts = Vec::new();
    for fixed in &FIXED {
        let Some(account) = fixed.account else { continue };
        accounts.push(DemoAccount {
            account: account.into(),
            name: fixed.name.into(),
            kind: AccountKind::Citizen,
            paper: Some(fixed.paper(zone)?),
            agency: None,
            note: Bilingual::new(fixed.note.0, fixed.note.1),
        });
    }
    let agency = registrar(zone);
    let officer = |account: &str, name: &str| DemoAccount {
        account: account.into(),
        name: name.into(),
        kind: AccountKind::Officer,
        paper: None,
        agency: agency.clone(),
        note: Bilingual::new("人工审查人员", "officer at the desk"),
    };
    let admin = DemoAccount {
        account: "admin".into(),
        name: "系统管理员".into(),
        kind: AccountKind::Admin,
        paper: None,
        agency: None,
        note: Bilingual::new("管理员", "administrator"),
    };
    accounts.extend([officer("officer.huang", "黄思远"), officer("officer.xu", "许静雅")]);
    let handling: BTreeSet<&kernel::AgencyId> = zone.card.handled_by.values().collect();
    let others = handling.into_iter().filter(|id| Some(*id) != agency.as_ref());
    for (id, name) in others.zip(OFFICERS.iter().cycle()) {
        let words = zone.card.agencies.get(id).cloned().unwrap_or_default();
        accounts.push(DemoAccount {
            account: format!("officer.{id}"),
            name: (*name).into(),
            kind: AccountKind::Officer,
            paper: None,
            agency: Some(id.clone()),
            note: words,
        });
    }
    accounts.push(admin);
    Ok(accounts)
}

/// The agency that registers firms here: the one that the zone says, else market regulation, else the first.
pub(super) fn registrar(zone: &Zone) -> Option<kernel::AgencyId> {
    let card = &zone.card;
    let usual = || card.agencies.keys().find(|id| id.as_str() == "market-regulation");
    card.handled_by
        .get("instant-registration")
        .or_else(usual)
        .or_else(|| card.agencies.keys().next())
        .cloned()
}

impl Fixed {
    fn paper(&self, zone: &Zone) -> Result<Paper, ZoneError> {
        let (year, month, day) = self.birth;
        citizen(zone, Date::constant(year, month, day), self.order)
    }
    fn person(&self, zone: &Zone, on: Date) -> Result<Person, ZoneError> {
        let verified_on = before(on, self.checked_days_ago.days());
        Ok(Person {
            paper: self.paper(zone)?,
            name: self.name.into(),
            verified_on,
            capacity: true,
        })
    }
}

fn invent(zone: &Zone, lists: &Lists, on: Date, draw: &mut Draw) -> Result<Person, ZoneError> {
    let man = draw.chance(50);
    // One in a hundred is a minor, who has no full capacity but needs no court to say so.
    let years = if draw.chance(1) {
        draw.between(10, 17)
    } else {
        draw.between(18, 69)
    };
    let birth = before(on, Span::new().years(years as i64).days(draw.between(1, 364) as i64));
    let order = draw.between(0, 499) as u32 * 2 + u32::from(man);
    let paper = if draw.chance(2) {
        permit(draw)
    } else {
        citizen(zone, birth, order)?
    };
    let checked = match draw.below(100) {
        0..6 => draw.between(200, 1_500),
        _ => draw.between(1, 150),
    };
    let name = name(lists, man, draw);
    Ok(Person {
        paper,
        name,
        verified_on: before(on, (checked as i64).days()),
        capacity: !draw.chance(1),
    })
}

fn name(lists: &Lists, man: bool, draw: &mut Draw) -> String {
    let own = lists.given_names.of(if man { "men" } else { "women" });
    let any = lists.given_names.of("any");
    let family = draw.pick(&lists.family_names);
    if draw.chance(20) {
        return format!("{family}{}", draw.pick(own));
    }
    let last = if draw.chance(60) { own } else { any };
    format!("{family}{}{}", draw.pick(any), draw.pick(last))
}

/// A number that passes every check of GB 11643. Its division is 99 of the zone's own city, which was never assigned: nobody has it.
fn citizen(zone: &Zone, birth: Date, order: u32) -> Result<Paper, ZoneError> {
    let city = &zone.card.unified_code.division[..4];
    let body = format!(
        "{city}99{:04}{:02}{:02}{:03}",
        birth.year(),
        birth.month(),
        birth.day(),
        order % 1_000
    );
    let checked = "0123456789X"
        .chars()
        .find_map(|check| CitizenId::try_new(&format!("{body}{check}")).ok());
    // One of the eleven characters checks, unless the division is at fault.
    let paper = checked.map(Paper::CitizenId);
    paper.ok_or_else(|| {
        ZoneError::new(
            "zone.toml",
            "unified-code.division lies in no province, so nobody can have a number there",
        )
    })
}

fn permit(draw: &mut Draw) -> Paper {
    let number = format!("H99{:06}", draw.below(1_000_000));
    Paper::HongKongMacaoPermit(HongKongMacaoPermit::try_new(&number).expect("a letter H and eight digits"))
}

/// The day that lies so far before `on`.
pub(super) fn before(on: Date, span: Span) -> Date {
    on.saturating_sub(span)
}
