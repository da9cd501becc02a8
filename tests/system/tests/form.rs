//! People, units and applications that the tests are played with. Nobody is real: numbers are of a division that does not exist.

use std::fmt::Write;

use serde_json::{Value, json};

/// A person with a paper.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub kind: &'static str,
    pub number: String,
}

impl Person {
    /// Log-in name.
    pub fn account(&self) -> String {
        format!("u-{}", self.number.to_lowercase())
    }
    /// As it stands in a form.
    pub fn paper(&self) -> Value {
        json!({"kind": self.kind, "number": self.number})
    }
}

/// The `n`-th citizen, born in 1990; from 900 on a child.
pub fn citizen(n: u32) -> Person {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let born = if n >= 900 { "20200101" } else { "19900101" };
    let digits = format!("440399{born}{n:03}");
    let sum: u32 = digits.chars().zip(WEIGHTS).map(|(d, w)| d.to_digit(10).unwrap() * w).sum();
    let check = b"10X98765432"[(sum % 11) as usize] as char;
    Person {
        name: format!("测试{}", chinese(n)),
        kind: "citizen-id",
        number: format!("{digits}{check}"),
    }
}

/// Someone with a passport.
pub fn foreigner() -> Person {
    Person {
        name: "Ada Byron".into(),
        kind: "passport",
        number: "E12345678".into(),
    }
}

fn chinese(n: u32) -> String {
    n.to_string()
        .chars()
        .map(|d| "零一二三四五六七八九".chars().nth(d.to_digit(10).unwrap() as usize).unwrap())
        .collect()
}

/// Citizens that the register of identities knows.
pub const CITIZENS: u32 = 300;
/// Whose face check is too old.
pub const STALE: u32 = 290;
/// A child.
pub const CHILD: u32 = 901;
/// Who is in no register.
pub const UNKNOWN: u32 = 800;
/// Who is barred, by ground; the same number plus ten: whose period is over.
pub const BARRED: [(u32, &str); 5] = [
    (200, "judgment-defaulter"),
    (201, "conviction"),
    (202, "bankruptcy-liable"),
    (203, "licence-revoked"),
    (204, "tax-abnormal"),
];

const COMMUNITY: &str = "440303001001";

/// A unit of the register: the `n`-th.
pub fn unit(n: u32) -> String {
    format!("{COMMUNITY}0001001{n:06}")
}
/// A home, a ruin, a full house, and one that seats any number.
pub const HOME: u32 = 900_001;
pub const RUIN: u32 = 900_002;
pub const FULL: u32 = 900_003;
pub const SHARED: u32 = 900_004;

pub fn enterprises() -> String {
    "unified_code,name,status,since,industry\n\
     914403001922038216,深圳市红杉林酒业有限公司,registered,,F5127\n\
     9144030071526726XG,红光（深圳）酒业发展有限公司,registered,,F5127\n"
        .into()
}

pub fn addresses() -> String {
    let mut csv = String::from("code,text,use,state,firms,shared\n");
    for n in 1..=1_500 {
        writeln!(csv, "{},深圳市罗湖区桂园街道测试楼{n}室,office,standing,0,false", unit(n)).unwrap();
    }
    for (n, usage, state, firms, shared) in [
        (HOME, "residential", "standing", 0, false),
        (RUIN, "office", "demolished", 0, false),
        (FULL, "office", "standing", 99, false),
        (SHARED, "office", "standing", 0, true),
    ] {
        writeln!(csv, "{},深圳市罗湖区桂园街道特别楼{n}室,{usage},{state},{firms},{shared}", unit(n)).unwrap();
    }
    csv
}

/// A day so many days ago. The tests read the clock as anyone does.
pub fn days_ago(days: i64) -> String {
    let output = std::process::Command::new("date")
        .args(["-u", "-d", &format!("{days} days ago"), "+%F"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

pub fn identities() -> String {
    let (fresh, stale) = (days_ago(20), days_ago(2_000));
    let mut csv = String::from("paper_number,name,verified_on,capacity,paper_kind\n");
    for n in (1..=CITIZENS).chain([CHILD]) {
        let person = citizen(n);
        let day = if n == STALE { &stale } else { &fresh };
        writeln!(csv, "{},{},{day},true,citizen-id", person.number, person.name).unwrap();
    }
    writeln!(csv, "{},{},{fresh},true,passport", foreigner().number, foreigner().name).unwrap();
    csv
}

pub fn dishonesty() -> String {
    let mut csv = String::from("paper_number,ground,since,case_number,listed_by,lifted_on\n");
    let (now, long_ago) = (days_ago(100), days_ago(3_000));
    for (n, ground) in BARRED {
        writeln!(csv, "{},{ground},{now},（2026）测{n}号,测试法院,", citizen(n).number).unwrap();
        // A listing has no period: it ends when it is lifted.
        let lifted = if matches!(ground, "judgment-defaulter" | "tax-abnormal") {
            now.as_str()
        } else {
            ""
        };
        writeln!(
            csv,
            "{},{ground},{long_ago},（2018）测{n}号,测试法院,{lifted}",
            citizen(n + 10).number
        )
        .unwrap();
    }
    csv
}

/// A brand that nobody has: the `n`-th of millions.
pub fn brand(n: u32) -> String {
    const WORDS: [char; 40] = [
        '澜', '槿', '琰', '珩', '瑾', '璟', '岚', '芃', '禾', '曦', '煜', '炜', '烨', '焱', '森', '霖', '淼', '鑫', '磊', '犇', '骉', '翊',
        '翎', '翀', '羿', '翦', '沐', '宸', '屿', '筱', '祺', '昱', '珺', '瑶', '琪', '彧', '骁', '泓', '浚', '湛',
    ];
    // A stride without a common factor walks through all of them, neighbours far apart.
    let mut rest = u64::from(n + 1) * 7_654_321 % 40_u64.pow(5);
    let mut brand = String::new();
    for _ in 0..5 {
        brand.push(WORDS[(rest % 40) as usize]);
        rest /= 40;
    }
    brand
}

/// An application of one founder that a machine approves at once.
pub fn solo(founder: &Person, name: &str, unit_number: u32) -> Value {
    json!({
        "kind": "limited-company", "name": name, "industry": "I6513", "scope": ["I6513"], "address": unit(unit_number),
        "capital_fen": 100_000_000, "pay_by": days_ago(-1_000),
        "holders": [{"name": founder.name, "paper": founder.paper(), "amount_fen": 100_000_000, "percent": "100", "method": "currency"}],
        "officers": [
            {"name": founder.name, "paper": founder.paper(), "role": "legal-representative"},
            {"name": founder.name, "paper": founder.paper(), "role": "director"},
        ],
        "articles": "single-director", "accept_similar": true, "sign": true,
    })
}

/// An application of two, of whom only the first has signed.
pub fn pair(first: &Person, second: &Person, name: &str, unit_number: u32) -> Value {
    let mut form = solo(first, name, unit_number);
    form["holders"][0]["amount_fen"] = json!(60_000_000);
    form["holders"][0]["percent"] = json!("60");
    let other = json!({"name": second.name, "paper": second.paper(), "amount_fen": 40_000_000, "percent": "40", "method": "currency"});
    form["holders"].as_array_mut().unwrap().push(other);
    form
}

/// A name of a company in this zone.
pub fn name(n: u32) -> String {
    format!("深圳市{}软件有限公司", brand(n))
}
