//! The firms of the demonstration city: brands, trades and forms as they are common, put together by chance.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use kernel::Zone;
use kernel::papers::UnifiedCode;
use kernel::zone::ZoneError;

use super::draw::Draw;
use super::lists::{Lists, Trade};
use super::people::before;

/// What organisation codes of the city begin with: a series that no registry has reached, or the second if the zone issues from the first.
const SERIES: [&str; 2] = ["MAY", "MAX"];
/// The characters of a running number in a code, and how many it has.
const SERIAL_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const SERIAL_CHARACTERS: u32 = 5;
/// Shares no factor with 31, so that serials times it run through all numbers without a repeat, but not in a row.
const SERIAL_STRIDE: usize = 9_000_011;

/// A firm in business: what its former names need of it.
struct Firm {
    code: UnifiedCode,
    trade: usize,
}

/// CSV of the register of enterprises. A brand stands in a trade once among all rows, as the rules of names ask.
pub(super) fn table(zone: &Zone, lists: &Lists, on: Date, seed: u64, count: usize) -> Result<String, ZoneError> {
    let mut draw = Draw::new(seed, "firms");
    // Half of all pairs at most, so that a free pair is found soon.
    let count = count
        .min(lists.brands.len() * lists.trades.len() / 2)
        .min(31_usize.pow(SERIAL_CHARACTERS));
    let (mut pairs, mut in_business, mut rows) = (HashSet::new(), Vec::<Firm>::new(), Vec::with_capacity(count));
    for (name, class) in lists.examples.iter().take(count) {
        let since = before(on, 2_000_i64.days()).to_string();
        let name = name.replace("{region}", shortest(&zone.card.region_words));
        rows.push([
            issue(zone, rows.len(), '1')?.to_string(),
            name,
            "registered".into(),
            since,
            class.clone(),
        ]);
    }
    while rows.len() < count {
        let (status, since) = standing(on, &mut draw);
        let former = status == "renamed" && !in_business.is_empty();
        let owner = former.then(|| draw.pick(&in_business));
        let trade = owner.map_or_else(|| draw.below(lists.trades.len()), |firm| firm.trade);
        let brand = draw.below(lists.brands.len());
        if !pairs.insert((brand, trade)) {
            continue;
        }
        let status = if status == "renamed" && !former { "registered" } else { status };
        let (words, form) = (&lists.trades[trade], draw.below(lists.trades[trade].forms.len()));
        let code = match owner {
            Some(firm) => firm.code.clone(),
            None => issue(zone, rows.len(), class(&words.forms[form]))?,
        };
        let name = name(zone, &lists.brands[brand], words, &words.forms[form], &mut draw);
        if status == "registered" {
            in_business.push(Firm { code: code.clone(), trade });
        }
        rows.push([code.to_string(), name, status.into(), since.to_string(), words.class.clone()]);
    }
    super::table(["unified_code", "name", "status", "since", "industry"], rows.into_iter())
}

/// Nine in ten are in business. Names that are no longer used lie on both sides of the year for which they stay taken.
fn standing(on: Date, draw: &mut Draw) -> (&'static str, Date) {
    let recent = draw.chance(50);
    let gone = if recent { draw.between(5, 330) } else { draw.between(400, 5_000) };
    let days = |days: usize| before(on, (days as i64).days());
    match draw.below(100) {
        0..4 => ("cancelled", days(gone)),
        4..7 => ("renamed", days(gone)),
        7..10 => ("revoked", days(gone)),
        _ => ("registered", before(on, Span::new().days(draw.between(1, 9_000) as i64))),
    }
}

/// 深圳市红光酒业有限公司, 红光（深圳）酒业有限公司, 红光酒业有限公司; a sole trader's name has its district: 深圳市南山区红光茶叶店.
fn name(zone: &Zone, brand: &str, trade: &Trade, form: &str, draw: &mut Draw) -> String {
    let region = draw.pick(&zone.card.region_words);
    let rest = format!("{}{form}", trade.wording);
    if class(form) == '2' {
        let districts: Vec<&String> = zone
            .divisions
            .iter()
            .filter(|(code, _)| code.len() == 6)
            .map(|(_, name)| name)
            .collect();
        let city = zone.card.region_words.first().map_or("", String::as_str);
        let district = if districts.is_empty() { "" } else { draw.pick(&districts).as_str() };
        return format!("{city}{district}{brand}{rest}");
    }
    match draw.below(100) {
        0..70 => format!("{region}{brand}{rest}"),
        70..95 => format!("{brand}（{}）{rest}", shortest(&zone.card.region_words)),
        _ => format!("{brand}{rest}"),
    }
}

/// Within brackets the region stands without 市.
fn shortest(words: &[String]) -> &str {
    words.iter().min_by_key(|word| word.chars().count()).map_or("", String::as_str)
}

/// 机构类别 of the code: 1 a firm, 2 a sole trader (个体工商户).
fn class(form: &str) -> char {
    if form.ends_with("公司") { '1' } else { '2' }
}

fn issue(zone: &Zone, serial: usize, class: char) -> Result<UnifiedCode, ZoneError> {
    let own = zone.card.unified_code.organisation_prefix.as_str();
    let series = if SERIES[0].starts_with(own) { SERIES[1] } else { SERIES[0] };
    let mut body = series.to_owned();
    let serial = serial * SERIAL_STRIDE % 31_usize.pow(SERIAL_CHARACTERS);
    for place in (0..SERIAL_CHARACTERS).rev() {
        body.push(char::from(SERIAL_ALPHABET[serial / 31_usize.pow(place) % 31]));
    }
    let code = UnifiedCode::issue('9', class, &zone.card.unified_code.division, &body);
    code.map_err(|e| ZoneError::new("zone.toml", format!("unified-code: {e}")))
}
