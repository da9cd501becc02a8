//! Builds an index of many made-up names from real brands and measures it: `names_speed [COUNT] [BRANDS FILE]`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use names::{Entry, Index, Lexicon, Question, Status, Terms};

const REGIONS: [&str; 8] = ["深圳市", "深圳", "北京", "上海", "广州市", "深圳前海", "深圳市南山区", "广东"];
const INDUSTRIES: [&str; 20] = [
    "科技",
    "网络科技",
    "贸易",
    "酒业",
    "餐饮管理",
    "房地产开发",
    "建筑工程",
    "供应链管理",
    "生物科技",
    "文化传媒",
    "电子",
    "投资",
    "物流",
    "信息技术",
    "机械设备",
    "医疗器械",
    "服装",
    "食品",
    "教育咨询",
    "实业",
];
const FORMS: [&str; 4] = ["有限公司", "有限公司", "股份有限公司", "有限责任公司"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let count: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let file = std::env::args()
        .nth(2)
        .map_or_else(|| root.join("../shared/data/names/company-brands.txt"), Into::into);
    let brands = std::fs::read_to_string(file)?;
    let brands: Vec<&str> = brands.lines().map(str::trim).filter(|brand| !brand.is_empty()).collect();
    let lexicon = Arc::new(Lexicon::load(
        &root.join("data/names"),
        &root.join("data/zones/shenzhen-qianhai/names"),
    )?);

    // Real registers hold millions of different brands: two in three are made of parts of two real ones.
    let name = |number: usize| {
        let mix = |salt: usize| (number.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(salt as u32) >> 8) ^ salt;
        let brand = brands[mix(1) % brands.len()];
        let brand = if number.is_multiple_of(3) {
            brand.to_owned()
        } else {
            brand
                .chars()
                .take(2)
                .chain(brands[mix(9) % brands.len()].chars().take(1 + mix(3) % 2))
                .collect()
        };
        format!("{}{brand}{}{}", REGIONS[mix(17) % 8], INDUSTRIES[mix(25) % 20], FORMS[mix(33) % 4])
    };
    let entry = |number| Entry {
        id: format!("914403{number:012}"),
        name: name(number),
        industry_code: None,
        status: Status::Registered,
    };

    let start = Instant::now();
    let (index, refused) = Index::build(Arc::clone(&lexicon), (0..count).map(entry));
    println!(
        "built {} names in {:.1} s ({} refused), {:.0} MiB",
        index.len(),
        start.elapsed().as_secs_f64(),
        refused.len(),
        index.memory_bytes() as f64 / 1_048_576.0
    );

    let question = Question {
        on: jiff::civil::date(2021, 6, 1),
        own: Vec::new(),
        investors: Vec::new(),
        industry_code: None,
        terms: Terms {
            cancelled_months: 12,
            renamed_months: 12,
            revoked_months: 12,
        },
    };
    let checks = 20_000;
    let mut micros: Vec<u128> = Vec::with_capacity(checks);
    let mut hits = 0;
    let all = Instant::now();
    for number in 0..checks {
        let name = name(count + number * 7);
        let start = Instant::now();
        let parsed = lexicon.parse(&name)?;
        hits += lexicon.wordings(&parsed).len() + index.compare(&parsed, &question).hits.len();
        micros.push(start.elapsed().as_micros());
    }
    let seconds = all.elapsed().as_secs_f64();
    micros.sort_unstable();
    println!(
        "{checks} checks on one core: {:.0} a second, p50 {} µs, p99 {} µs, longest {} µs; {:.1} hits a check",
        checks as f64 / seconds,
        micros[checks / 2],
        micros[checks * 99 / 100],
        micros[checks - 1],
        hits as f64 / checks as f64
    );
    Ok(())
}
