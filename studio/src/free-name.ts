/** The name for a new profile, with a number where a file has it already. */
export function freeName(name: string, files: string[]): string {
  for (let number = 1; ; number++) {
    const free = number > 1 ? `${name}-${number}` : name
    if (!files.includes(`${free}.yaml`)) return free
  }
}
