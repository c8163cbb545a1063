// Starting processes: the built server, and only programs on the one list (crates/xtask/programs.json).
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);
const { programs } = JSON.parse(readFileSync(new URL("crates/xtask/programs.json", root), "utf8"));

/** Where the listed program of that name is. */
export function program(name) {
  const listed = programs[name];
  if (!listed) throw new Error(`tests start "${name}", which is not in crates/xtask/programs.json: list it there`);
  if (!existsSync(listed.path)) throw new Error(`${listed.path} is missing: install the Debian package ${listed.package}`);
  return listed.path;
}

/** A path of the project. */
export function projectPath(path) {
  return fileURLToPath(new URL(path, root));
}

/** Starts the built server with these arguments; the kernel ends it when this process ends, however that comes about. */
export function startChinwag(args, options) {
  const binary = process.env.CHINWAG_BIN ?? projectPath("target/debug/chinwag");
  return startTied([binary, ...args], options);
}

/** Starts a built example of the engine, which is ended likewise. */
export function startExample(name, args, options) {
  const folder = process.env.CHINWAG_EXAMPLES ?? projectPath("target/debug/examples");
  return startTied([`${folder}/${name}`, ...args], options);
}

/** Starts Node with a script of the project. */
export function startNode(script, args, options) {
  return startTied([process.execPath, projectPath(script), ...args], options);
}

function startTied(command, options) {
  return spawn(program("setpriv"), ["--pdeathsig", "KILL", "--", ...command], options);
}
