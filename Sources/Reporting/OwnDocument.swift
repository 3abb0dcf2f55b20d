/// By what a file is known to be a report of slotscope, so that another one may take its place.
package enum OwnDocument {
  /// The last line of a report in text that goes to a file: the others say by their form whose they are.
  package static let textEnd = "(written by slotscope)\n"

  /// Whether a file that begins and ends like this is one of any format and release.
  package static func isOne(beginning: String, end: String) -> Bool {
    let start = beginning.filter { $0 != " " && $0 != "\n" && $0 != "{" }
    // Evidence is no report: what it tells of may be gone.
    let isReport = start.hasPrefix("\"schema\":\"slotscope.") && !start.hasPrefix("\"schema\":\"slotscope.evidence/")
    return end.hasSuffix(textEnd) || beginning.hasPrefix("SLOTSCOPE ") || beginning.hasPrefix("# HELP slotscope_")
      || isReport || isPage(beginning)
  }

  private static func isPage(_ beginning: String) -> Bool {
    beginning.hasPrefix("<!DOCTYPE html>") && beginning.contains(policy)
  }

  /// What every page of slotscope allows itself.
  private static let policy = "content=\"default-src 'none'; style-src 'unsafe-inline'\""
}
