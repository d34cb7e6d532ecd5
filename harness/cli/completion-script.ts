// The shell scripts of `bench completion`. They hold no knowledge of commands: `bench complete` is asked at each tab.
import { fileURLToPath } from "node:url";

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** A script for the shell to read at start-up. `entry` is the file of `bench` itself. */
export function completionScript(
  shell: "bash" | "zsh" | "fish",
  entry = fileURLToPath(new URL("./bin.js", import.meta.url)),
): string {
  const call = `node ${quote(entry)}`;
  if (shell === "bash") {
    return `# Rankbench: completion for bash
bench() { ${call} "$@"; }
_bench_complete() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  # bash breaks words at "=" and ":"; the candidates are whole words and need no care for that here.
  local IFS=$'\\n'
  COMPREPLY=($(${call} complete -- "\${words[@]}" 2>/dev/null))
  # A list that goes on after a comma must not get a space.
  [[ "\${COMPREPLY[0]}" == *, ]] && compopt -o nospace
}
complete -F _bench_complete bench
`;
  }
  if (shell === "zsh") {
    return `# Rankbench: completion for zsh
bench() { ${call} "$@"; }
_bench_complete() {
  local -a found
  found=("\${(@f)$(${call} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _bench_complete bench
`;
  }
  return `# Rankbench: completion for fish
function bench; ${call.replaceAll("'\\''", "\\'")} $argv; end
function __bench_complete
  set -l words (commandline -opc) (commandline -ct)
  ${call.replaceAll("'\\''", "\\'")} complete -- $words[2..-1] 2>/dev/null
end
complete -c bench -f -a '(__bench_complete)'
`;
}
