package import SlotSafety

/// What a verdict says and what it does not, for an operator who has just read one.
package enum VerdictText {
  /// The verdict of this name; `at-risk` and `AT_RISK` are `at_risk`, too.
  package static func verdict(named name: String) -> Verdict? {
    Verdict(rawValue: name.lowercased().replacing("-", with: "_"))
  }

  /// The exit code of a verdict, its meaning, its limits and its remedy, as paragraphs.
  package static func explain(_ verdict: Verdict, style: TextStyle) -> TerminalText {
    let entry = Self.entry(verdict)
    var lines = [style.paint("\(verdict.rawValue)", .strong) + "  (exit code \(entry.exitCode))", ""]
    for (index, paragraph) in [entry.meaning, entry.limits, "What to do: " + entry.remedy].enumerated() {
      if index > 0 { lines.append("") }
      lines += TextStyle.wrapped("\(paragraph)", width: style.width, indent: 0)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func entry(_ verdict: Verdict) -> (exitCode: Int, meaning: String, limits: String, remedy: String) {
    switch verdict {
    case .ready:
      (
        0,
        """
        Promote this standby now, and the consumer of this slot goes on: nothing lost, nothing in its hands that the new \
        primary does not have, nothing twice that it cannot recognize. The files prove it; it is never an estimate.
        """,
        """
        It speaks of the moment at which the files were read. A primary that still writes moves on; so does what its \
        consumers have received. It says nothing of rows that were not replicated by the slot, nor of a consumer that does \
        not remember its own position.
        """,
        "Stop the primary or fence it, ask once more, promote, and look at the slots afterwards."
      )
    case .waiting:
      (
        1,
        """
        This will become ready by itself: a cycle of slot synchronization, a running-transactions record, feedback of the \
        standby. The finding names what it waits for.
        """,
        "Promoted before that, the slot is missing or unusable on the new primary.",
        "Wait, and ask again. If nothing moves within a few minutes, what it waits for has a finding of its own."
      )
    case .fixable:
      (
        1,
        """
        Not ready, but nothing is lost: everything that the consumer still needs is there, and a plan can make the slot \
        from it.
        """,
        "Promoted without the plan, the consumer loses its place.",
        "Run \"slotscope plan\" with the same sources, read the script, and give it to psql; then ask again."
      )
    case .atRisk:
      (
        2,
        """
        Loss, or changes in the consumer's hands that this standby never received, cannot be excluded. The reason says how \
        much at most, in transactions and bytes.
        """,
        """
        It does not say that something will be lost. Very often one more fact decides it: the consumer's own position \
        (--subscriber), the primary's last WAL, an archive (--archive).
        """,
        "See the first line under the table; \"slotscope ledger\" lists the transactions in question."
      )
    case .lost:
      (
        2,
        "The consumer of this slot has lost its place, whatever is promoted: what it needs is gone.",
        "Its data are not damaged; they are incomplete from a known position on.",
        "Drop the slot, copy the consumer's tables anew, and begin with a new slot. \"slotscope ledger\" lists what it misses."
      )
    case .unknown:
      (
        3,
        "Evidence is missing or unreadable, so nothing can be said. The finding names the file and what is wrong with it.",
        "It is not a mild verdict: until it is settled, treat the slot as at risk.",
        "Make the file readable, give another copy, or an evidence file that \"slotscope capture\" wrote earlier."
      )
    }
  }
}
