//! Full names made of real parts: brands of real companies × regions × industry wordings × forms, each name once.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::{Dice, rows};

/// The wordings of every second name: a register is not evenly spread over the industries.
const COMMON_INDUSTRIES: [&str; 20] = [
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
/// The forms of three names in four.
const COMMON_FORMS: [&str; 3] = ["有限公司", "有限责任公司", "股份有限公司"];

/// The parts that names are made of.
pub struct Parts {
    /// Brands of real companies.
    pub brands: Vec<String>,
    /// Regions: the full name, and the short one by which it means the same.
    pub regions: Vec<(String, String)>,
    /// Industry wordings.
    pub industries: Vec<String>,
    /// Forms of organisation.
    pub forms: Vec<String>,
    /// Whether two brands in three are made of parts of two real ones: more brands than a list of real ones holds.
    pub blended: bool,
}

/// The parts of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// 行政区划.
    pub region: String,
    /// The same region by its short name.
    pub region_short: String,
    /// 字号.
    pub brand: String,
    /// 行业.
    pub industry: String,
    /// 组织形式.
    pub form: String,
}

impl Made {
    /// The whole name.
    pub fn name(&self) -> String {
        format!("{}{}{}{}", self.region, self.brand, self.industry, self.form)
    }
}

/// Distinct names, made anew each time they are looked at: millions cost four bytes each.
pub struct Generated {
    /// What they are made of.
    pub parts: Parts,
    draws: Vec<u32>,
}

impl Parts {
    /// Reads the parts from `data` (the folder `names`) and a file of brands, one a line.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn read(data: &Path, brands: &Path) -> std::io::Result<Self> {
        let brands = std::fs::read_to_string(brands)?;
        let brands = brands.lines().filter(|line| !line.starts_with('#')).map(str::trim);
        let mut regions = Vec::new();
        for row in rows(&data.join("regions.tsv"))? {
            // An ambiguous short name is not read as the region.
            let short = if row.len() > 4 { &row[0] } else { &row[1] };
            match row[2].as_str() {
                "province" | "city" => regions.push((row[0].clone(), short.clone())),
                "district" if row[3].starts_with("4403") => regions.push((format!("深圳市{}", row[0]), format!("深圳{}", row[0]))),
                _ => {}
            }
        }
        let mut industries: Vec<String> = Vec::new();
        for row in rows(&data.join("industry-synonyms.tsv"))? {
            industries.extend(row[2].split(' ').map(str::to_owned));
        }
        industries.extend(rows(&data.join("industry-words.txt"))?.into_iter().map(|row| row[0].clone()));
        Ok(Self {
            brands: brands.filter(|brand| !brand.is_empty()).map(str::to_owned).collect(),
            regions,
            industries,
            forms: rows(&data.join("forms.tsv"))?.into_iter().map(|row| row[0].clone()).collect(),
            blended: false,
        })
    }

    fn made(&self, draw: u32) -> Made {
        let mut dice = Dice(u64::from(draw) << 20);
        let mut brand = dice.pick(&self.brands).clone();
        if self.blended && !draw.is_multiple_of(3) {
            let (own, other) = (brand.chars().take(2), dice.pick(&self.brands));
            let more = 1 + draw as usize % 2;
            brand = own.chain(other.chars().take(more)).collect();
        }
        let (region, region_short) = dice.pick(&self.regions).clone();
        let industry = match dice.below(2) {
            0 => (*dice.pick(&COMMON_INDUSTRIES)).to_owned(),
            _ => dice.pick(&self.industries).clone(),
        };
        let form = match dice.below(4) {
            0 => dice.pick(&self.forms).clone(),
            _ => (*dice.pick(&COMMON_FORMS)).to_owned(),
        };
        Made {
            region,
            region_short,
            brand,
            industry,
            form,
        }
    }
}

impl Generated {
    /// Draws so many distinct names.
    pub fn new(parts: Parts, count: usize) -> Self {
        let mut seen = HashSet::with_capacity(count);
        let mut draws = Vec::with_capacity(count);
        for draw in 0.. {
            if draws.len() == count {
                break;
            }
            let mut hasher = DefaultHasher::new();
            parts.made(draw).name().hash(&mut hasher);
            if seen.insert(hasher.finish()) {
                draws.push(draw);
            }
        }
        Self { parts, draws }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.draws.len()
    }

    /// The parts of one of them.
    pub fn made(&self, place: usize) -> Made {
        self.parts.made(self.draws[place])
    }

    /// One of them.
    pub fn name(&self, place: usize) -> String {
        self.made(place).name()
    }

    /// A name that follows the last of them: new, as a rule.
    pub fn beyond(&self, number: usize) -> Made {
        self.parts.made(self.draws.last().map_or(0, |last| last + 1) + number as u32)
    }
}
