// Fills any form of any service from the answers of its story, by looking at what the page shows: no field is known here by name.
import assert from "node:assert/strict";

const field = (page, pointer) => page.locator(`[id="f${pointer}"]`);
/** A standard address begins with district, street and community. */
const ADDRESS_LEVELS = [6, 9, 12];

/** Fills in what the page shows of the answers. A field that appears with another answer, such as a country with a passport, is met in a second round. */
export async function fillIn(page, answers, pointer = "") {
  const names = Object.keys(answers).filter((name) => answers[name] !== null);
  let left = names;
  for (let round = 0; round < 3 && left.length > 0; round++) {
    const gone = [];
    for (const name of left) {
      const here = `${pointer}/${name}`;
      if ((await field(page, here).count()) === 0) gone.push(name);
      else await fillOne(page, here, answers[name]);
    }
    if (gone.length === left.length) break;
    left = gone;
  }
  return left;
}

async function fillOne(page, pointer, value) {
  const here = field(page, pointer);
  const kind = await here.evaluate((e) => ({
    tag: e.tagName.toLowerCase(), type: e.getAttribute("type") ?? "", role: e.getAttribute("role") ?? "", list: e.classList.contains("list"), address: e.classList.contains("address"), choices: e.classList.contains("choices"),
    unit: e.closest(".measured")?.querySelector(".unit")?.textContent ?? "",
  }));
  if (kind.address) return fillAddress(page, here, pointer, value);
  if (kind.choices) {
    await here.locator("input").first().waitFor();
    for (const box of await here.locator("input").all()) await box.setChecked(value.includes(await box.getAttribute("value")));
    return;
  }
  if (kind.role === "radiogroup") return here.locator(`input[value="${value}"]`).check();
  if (kind.type === "checkbox") return here.setChecked(value);
  if (kind.type === "search") return fillSearch(here, [value].flat());
  if (kind.tag === "select") return here.selectOption(String(value));
  if (kind.list) return fillList(page, here, pointer, value);
  if (typeof value === "object") {
    const left = await fillIn(page, value, pointer);
    return assert.deepEqual(left, [], `${pointer}: the page shows no field for these`);
  }
  // Money is kept in fen, and people write yuan.
  await here.fill(kind.unit && kind.unit !== "%" ? (value / 100).toFixed(2) : String(value));
}

async function fillList(page, here, pointer, values) {
  const items = here.locator(":scope > .item, :scope > div > .item");
  for (let n = await items.count(); n < values.length; n++) {
    await here.locator(":scope > .list-add").click();
    await items.nth(n).waitFor();
  }
  for (const [i, value] of values.entries()) await fillOne(page, `${pointer}/${i}`, value);
}

async function fillAddress(page, here, pointer, code) {
  for (const digits of ADDRESS_LEVELS) await field(page, `${pointer}/${digits}`).selectOption(code.slice(0, digits));
  await here.locator(`.unit-list input[value="${code}"]`).click();
  await here.locator(".chosen").waitFor();
}

async function fillSearch(here, codes) {
  for (const code of codes) {
    await here.fill(code);
    const found = here.locator("xpath=..").locator(".found button", { hasText: code }).first();
    await found.click();
    await here.locator("xpath=..").locator(".chip", { hasText: code }).waitFor();
  }
}

/** Through all sections of an application to the page that shows the answers; `look` is called on each. */
export async function fillSections(page, answers, words, look) {
  for (let section = 1; ; section++) {
    await page.locator(".apply-main h1").waitFor();
    if ((await page.getByRole("button", { name: words.submit, exact: true }).count()) > 0) return look(section, "check");
    const title = await page.locator(".apply-main .eyebrow").textContent();
    await fillIn(page, answers);
    await look(section, "form");
    await page.getByRole("button", { name: words.next, exact: true }).click();
    const eyebrow = page.locator(".apply-main .eyebrow");
    await page.waitForFunction(
      (old) => document.querySelector(".error-summary") !== null || document.querySelector(".apply-main .eyebrow")?.textContent !== old, title);
    if ((await eyebrow.textContent()) === title) assert.fail(`section ${section} is not passed:\n${await page.locator(".error-summary").innerText()}`);
  }
}
