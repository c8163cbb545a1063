// Whether a page can be used by everybody, as far as a program can tell: axe-core's rules of WCAG 2.2, levels A and AA.
import assert from "node:assert/strict";
import axe from "axe-core";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails the test if the page has a finding that keeps somebody from using it. */
export async function accessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values } }), TAGS);
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n  ")}`);
  assert.deepEqual(told, [], `${page.url()}`);
}
