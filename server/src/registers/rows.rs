//! One line of a file becomes one row of its register, or the list of what is wrong with it.

use jiff::civil::Date;
use kernel::papers::{Paper, PaperError, RegisteredCode};
use kernel::registers::{AddressRow, AddressState, AddressUse, DishonestyRow, EnterpriseRow, EnterpriseStatus, Ground, IdentityRow};
use kernel::{Bilingual, Zone};

use super::columns;
use super::limits::{FIELD_CHARS_MAX, NAME_CHARS_MAX};
use super::{BadRow, RegisterKind};

/// The fields of one line, and the faults found in them so far.
pub(super) struct Fields<'a> {
    pub kind: RegisterKind,
    pub record: &'a ::csv::StringRecord,
    pub places: &'a [Option<usize>],
    pub line: u64,
    pub faults: Vec<BadRow>,
}

/// A row before its key is compared with the others.
pub(super) struct Parsed {
    pub key: String,
    /// Several rows may have the key; they are numbered and listed by it.
    pub several: bool,
    pub tags: Vec<String>,
    pub document: Result<serde_json::Value, serde_json::Error>,
}

/// Reads the fields as the register asks.
pub(super) fn parse(fields: &mut Fields<'_>, zone: &Zone) -> Option<Parsed> {
    match fields.kind {
        RegisterKind::Enterprises => enterprise(fields, zone),
        RegisterKind::Addresses => address(fields, zone),
        RegisterKind::Identities => identity(fields),
        RegisterKind::Dishonesty => dishonesty(fields),
    }
}

fn enterprise(fields: &mut Fields<'_>, zone: &Zone) -> Option<Parsed> {
    // A registry's record wins over the check characters: some real series break them.
    let code = fields.needed("unified_code", |text| RegisteredCode::try_new(text).map_err(paper_fault));
    let name = fields.needed("name", |text| within(text, NAME_CHARS_MAX));
    let status = fields.needed("status", |text| choice(text, &STATUSES));
    let since = fields.optional("since", date);
    let industry = fields.optional("industry", |text| industry_class(text, zone));
    if fields.text("since").is_empty() && status.is_some_and(|status| status != EnterpriseStatus::Registered) {
        fields.fault(
            "since",
            bilingual("已注销、更名或吊销的，须有日期", "a name that is no longer in use needs the day"),
        );
    }
    let (code, name, status) = (code?, name?, status?);
    let row = EnterpriseRow {
        unified_code: code.as_str().into(),
        name,
        status,
        since,
        industry,
    };
    // A firm has one current name and any number of former ones.
    let former = status == EnterpriseStatus::Renamed;
    let tags = if former { vec![row.unified_code.clone()] } else { Vec::new() };
    Some(Parsed {
        key: row.unified_code.clone(),
        several: former,
        tags,
        document: serde_json::to_value(row),
    })
}

fn address(fields: &mut Fields<'_>, zone: &Zone) -> Option<Parsed> {
    let depth = zone.divisions.keys().map(String::len).max().unwrap_or(0);
    let code = fields.needed("code", |text| {
        let digits = zone.card.address_code.digits;
        if text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bilingual(
                &format!("地址编码应为{digits}位数字"),
                &format!("an address code has {digits} digits"),
            ));
        }
        let community = &text[..depth.min(digits)];
        if !zone.divisions.contains_key(community) {
            let (zh, en) = ("所在区划不在区划表中", "lies in a division that the zone does not list");
            return Err(bilingual(&format!("{community}{zh}"), &format!("{community}: {en}")));
        }
        Ok(text.to_owned())
    });
    let address = fields.needed("text", |text| within(text, FIELD_CHARS_MAX));
    let used_for = fields.needed("use", |text| choice(text, &USES));
    let state = fields.needed("state", |text| choice(text, &STATES));
    let firms = fields.optional("firms", |text| {
        text.parse().map_err(|_| bilingual("应为非负整数", "a whole number, 0 or more"))
    });
    let shared = fields.optional("shared", |text| choice(text, &YES_NO));
    let row = AddressRow {
        code: code?,
        text: address?,
        used_for: used_for?,
        state: state?,
        firms: firms.unwrap_or(0),
        shared: shared.unwrap_or(false),
    };
    let tags = vec![row.code[..depth.min(row.code.len())].to_owned()];
    Some(Parsed {
        key: row.code.clone(),
        several: false,
        tags,
        document: serde_json::to_value(row),
    })
}

fn identity(fields: &mut Fields<'_>) -> Option<Parsed> {
    let person = person(fields);
    let name = fields.needed("name", |text| within(text, NAME_CHARS_MAX));
    let verified_on = fields.needed("verified_on", date);
    let capacity = fields.optional("capacity", |text| choice(text, &YES_NO));
    let row = IdentityRow {
        person: person?,
        name: name?,
        verified_on: verified_on?,
        capacity: capacity.unwrap_or(true),
    };
    Some(Parsed {
        key: row.person.clone(),
        several: false,
        tags: Vec::new(),
        document: serde_json::to_value(row),
    })
}

fn dishonesty(fields: &mut Fields<'_>) -> Option<Parsed> {
    let person = person(fields);
    let ground = fields.needed("ground", |text| choice(text, &GROUNDS));
    let since = fields.needed("since", date);
    let case_number = fields.needed("case_number", |text| within(text, FIELD_CHARS_MAX));
    let listed_by = fields.needed("listed_by", |text| within(text, FIELD_CHARS_MAX));
    let lifted_on = fields.optional("lifted_on", date);
    if since.zip(lifted_on).is_some_and(|(since, lifted)| lifted < since) {
        fields.fault("lifted_on", bilingual("移出日期早于列入日期", "lies before the day of listing"));
    }
    let row = DishonestyRow {
        person: person?,
        ground: ground?,
        since: since?,
        case_number: case_number?,
        listed_by: listed_by?,
        lifted_on,
    };
    let (key, tags) = (row.person.clone(), vec![row.person.clone()]);
    Some(Parsed {
        key,
        several: true,
        tags,
        document: serde_json::to_value(row),
    })
}

/// The key of the paper in the row.
fn person(fields: &mut Fields<'_>) -> Option<String> {
    let kind = fields.optional("paper_kind", |text| choice(text, &PAPER_KINDS));
    let paper = fields.needed("paper_number", |number| match kind {
        // `choice` gives only kinds that the papers know.
        Some(kind) => Paper::try_new(kind, number)
            .unwrap_or(Err(PaperError::WrongCharacter))
            .map_err(paper_fault),
        None => paper_of(number),
    });
    Some(paper?.key())
}

/// The paper that a number without a kind belongs to: the kinds are tried from the one with most checks to the one with fewest.
fn paper_of(number: &str) -> Result<Paper, Bilingual> {
    let mut tried = Paper::KINDS.iter().filter_map(|kind| Paper::try_new(kind, number));
    // The first kind is the citizen's number; with 15 or 18 characters its fault says most.
    let first = tried.next().unwrap_or(Err(PaperError::WrongLength));
    let found = first.or_else(|fault| tried.find_map(Result::ok).ok_or(fault));
    found.map_err(|fault| match fault {
        PaperError::WrongLength => bilingual("不是任何一种证件的号码", "not the number of any kind of paper"),
        fault => paper_fault(fault),
    })
}

impl<'a> Fields<'a> {
    /// Says that something is wrong with a column.
    pub fn fault(&mut self, column: &str, why: Bilingual) {
        self.faults.push(BadRow {
            line: self.line,
            column: column.into(),
            why,
        });
    }
    /// The field, trimmed; empty if the file lacks the column or the row is too short.
    fn text(&self, name: &str) -> &'a str {
        let column = columns::of(self.kind).iter().position(|column| column.name == name);
        let place = column.and_then(|column| self.places.get(column).copied().flatten());
        place.and_then(|place| self.record.get(place)).unwrap_or("").trim()
    }
    fn needed<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, Bilingual>) -> Option<T> {
        if self.text(column).is_empty() {
            self.fault(column, bilingual("不能为空", "must not be empty"));
            return None;
        }
        self.optional(column, read)
    }
    fn optional<T>(&mut self, column: &str, read: impl FnOnce(&str) -> Result<T, Bilingual>) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let value = readable(text).and_then(|()| read(text));
        value.map_err(|why| self.fault(column, why)).ok()
    }
}

/// No field holds a control character (NUL, a line break of an unclosed quote) or a byte that could not be decoded.
fn readable(text: &str) -> Result<(), Bilingual> {
    if text.contains('\u{fffd}') {
        return Err(bilingual(
            "有无法识别的字符；请将文件存为 UTF-8",
            "a character can't be read; please save the file as UTF-8",
        ));
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    {
        return Err(bilingual(
            "有换行或控制字符；可能是引号未闭合",
            "a line break or control character; perhaps a quote is not closed",
        ));
    }
    if text.chars().count() > FIELD_CHARS_MAX {
        return Err(bilingual(
            &format!("超过{FIELD_CHARS_MAX}字"),
            &format!("longer than {FIELD_CHARS_MAX} characters"),
        ));
    }
    Ok(())
}

fn within(text: &str, chars_max: usize) -> Result<String, Bilingual> {
    if text.chars().count() > chars_max {
        return Err(bilingual(
            &format!("超过{chars_max}字"),
            &format!("longer than {chars_max} characters"),
        ));
    }
    Ok(text.to_owned())
}

/// `2026-11-22`, also as `2026/11/22`, `20261122` or `2026年11月22日`.
fn date(text: &str) -> Result<Date, Bilingual> {
    let compact = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = if compact {
        vec![&text[..4], &text[4..6], &text[6..]]
    } else {
        text.strip_suffix('日').unwrap_or(text).split(['-', '/', '年', '月']).collect()
    };
    let number = |part: &str, digits_max: usize| {
        let digits = (1..=digits_max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i16>().ok().filter(|_| digits)
    };
    let found = match parts[..] {
        [year, month, day] if year.len() == 4 => number(year, 4).zip(number(month, 2).zip(number(day, 2))),
        _ => None,
    };
    let found = found.and_then(|(year, (month, day))| Date::new(year, month as i8, day as i8).ok());
    // A register of this age is a mistyped year.
    let found = found.filter(|date| (1900..=2200).contains(&date.year()));
    found.ok_or_else(|| bilingual("不是日期；应如 2026-11-22", "not a day; write 2026-11-22"))
}

fn industry_class(text: &str, zone: &Zone) -> Result<String, Bilingual> {
    let listed = |code: &String| zone.industries.contains_key(code);
    // Registries often leave the letter out: the digits alone are clear.
    let lettered = || ('A'..='T').map(|letter| format!("{letter}{text}")).find(listed);
    let whole = Some(text.to_ascii_uppercase()).filter(listed);
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    whole
        .or_else(|| if digits { lettered() } else { None })
        .ok_or_else(|| bilingual("不是国民经济行业分类（GB/T 4754）的代码", "not a class of GB/T 4754"))
}

/// One value by any of its names; the first is the program's own.
fn choice<T: Copy>(text: &str, values: &[(T, &[&str])]) -> Result<T, Bilingual> {
    let lower = text.to_ascii_lowercase();
    let found = values.iter().find(|(_, names)| names.contains(&lower.as_str()));
    found.map(|(value, _)| *value).ok_or_else(|| {
        let of = |at: usize| values.iter().filter_map(|(_, names)| names.get(at).copied()).collect::<Vec<_>>();
        bilingual(
            &format!("应为下列之一：{}", of(1).join("、")),
            &format!("one of {}", of(0).join(", ")),
        )
    })
}

type Choices<T, const N: usize> = [(T, &'static [&'static str]); N];

const STATUSES: Choices<EnterpriseStatus, 4> = [
    (
        EnterpriseStatus::Registered,
        &["registered", "存续", "在业", "开业", "登记成立", "存续（在营、开业、在册）"],
    ),
    (EnterpriseStatus::Cancelled, &["cancelled", "注销", "已注销"]),
    (EnterpriseStatus::Renamed, &["renamed", "更名", "已更名", "曾用名"]),
    (EnterpriseStatus::Revoked, &["revoked", "吊销", "撤销", "已吊销", "已撤销"]),
];
const USES: Choices<AddressUse, 4> = [
    (AddressUse::Commercial, &["commercial", "商业", "商铺"]),
    (AddressUse::Office, &["office", "办公", "写字楼"]),
    (AddressUse::Industrial, &["industrial", "工业", "厂房"]),
    (AddressUse::Residential, &["residential", "住宅", "居住"]),
];
const STATES: Choices<AddressState, 4> = [
    (AddressState::Standing, &["standing", "在用", "正常"]),
    (AddressState::Demolished, &["demolished", "已拆除", "拆除"]),
    (AddressState::Illegal, &["illegal", "违法建筑", "违建"]),
    (AddressState::Locked, &["locked", "锁定", "已锁定"]),
];
const GROUNDS: Choices<Ground, 7> = [
    (Ground::JudgmentDefaulter, &["judgment-defaulter", "失信被执行人"]),
    (Ground::Conviction, &["conviction", "刑罚", "犯罪"]),
    (Ground::Probation, &["probation", "缓刑"]),
    (Ground::BankruptcyLiable, &["bankruptcy-liable", "破产个人责任", "破产责任人"]),
    (
        Ground::LicenceRevoked,
        &["licence-revoked", "吊销执照个人责任", "被吊销执照企业法定代表人"],
    ),
    (Ground::TaxAbnormal, &["tax-abnormal", "税务非正常户"]),
    (Ground::TaxMajorViolation, &["tax-major-violation", "重大税收违法"]),
];
const YES_NO: Choices<bool, 2> = [
    (true, &["true", "是", "yes", "1", "有", "有效", "完全"]),
    (false, &["false", "否", "no", "0", "无", "限制"]),
];
const PAPER_KINDS: Choices<&str, 5> = [
    ("citizen-id", &["citizen-id", "居民身份证", "身份证", "港澳台居民居住证"]),
    (
        "hong-kong-macao-permit",
        &["hong-kong-macao-permit", "港澳居民来往内地通行证", "回乡证"],
    ),
    ("taiwan-permit", &["taiwan-permit", "台湾居民来往大陆通行证", "台胞证"]),
    ("foreign-resident", &["foreign-resident", "外国人永久居留身份证"]),
    ("passport", &["passport", "护照"]),
];

fn paper_fault(fault: PaperError) -> Bilingual {
    bilingual(fault.zh(), &fault.to_string())
}

fn bilingual(zh: &str, en: &str) -> Bilingual {
    Bilingual::new(zh, en)
}
