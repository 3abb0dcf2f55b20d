import Evidence
package import SlotSafety
import PostgresFormat

/// The timeline tree for a person: one line a timeline, the nodes below the one that they are on.
package enum TimelineText {
  /// `verbose` shows every finding with its facts.
  package static func report(_ tree: TimelineTree, style: TextStyle, verbose: Bool) -> TerminalText {
    var lines: [TerminalText] = []
    var system: UInt64??
    for root in tree.children(of: nil) {
      let own = tree.branches[root].systemIdentifier
      if system != .some(own) {
        if !lines.isEmpty { lines.append("") }
        let name: TerminalText = own.map { "system \($0)" } ?? "an unknown system"
        lines.append(style.paint("Timelines of " + name, .strong))
        system = .some(own)
      }
      draw(from: root, of: tree, lead: "", style: style, to: &lines)
    }
    if lines.isEmpty { lines.append("No timeline was found.") }
    if !tree.findings.isEmpty {
      lines += [""] + FindingText.lines(tree.findings, style: style, verbose: verbose)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Draws a line of descent without indenting it further, so that fifty promotions still fit a screen: from each branch
  /// the newest timeline goes on at the same depth, the others are drawn one step in.
  private static func draw(
    from start: Int, of tree: TimelineTree, lead: TerminalText, style: TextStyle, to lines: inout [TerminalText]
  ) {
    var current: Int? = start
    while let index = current {
      let children = tree.children(of: index)
      let main = children.max { tree.branches[$0].timeline < tree.branches[$1].timeline }
      let bar: TerminalText = main == nil ? "   " : "│  "
      lines.append(lead + "● " + title(of: index, in: tree, style: style))
      for node in tree.nodes where node.branch == index {
        lines.append(lead + bar + placed(node, on: tree.branches[index]))
        for (fork, bytes) in node.passed {
          let text: TerminalText = "\(ByteCount.text(bytes)) past the fork of timeline \(tree.branches[fork].timeline)"
          lines.append(lead + bar + "  " + style.paint(text, .warning))
        }
      }
      for child in children where child != main {
        draw(from: child, of: tree, lead: lead + "│  ", style: style, to: &lines)
      }
      current = main
    }
  }

  private static func title(of index: Int, in tree: TimelineTree, style: TextStyle) -> TerminalText {
    let branch = tree.branches[index]
    var line = style.paint("timeline \(branch.timeline)", .strong)
    if let point = branch.switchPoint, let parent = branch.parent {
      line += " forks off \(tree.branches[parent].timeline) at \(point)"
      if let reason = branch.reason, !reason.isEmpty {
        line += style.paint("  (\(reason))", .faint)
      }
    } else if branch.isOrphan {
      line += ", ancestors unknown"
    }
    return line
  }

  private static func placed(_ node: TimelineTree.Node, on branch: TimelineTree.Branch) -> TerminalText {
    var text: TerminalText = "\(node.source)"
    if node.role != .unknown { text += ", \(node.role.rawValue)" }
    text += node.end.map { ", WAL to \($0)" } ?? ", end of WAL unknown"
    if let point = branch.switchPoint, let end = node.end {
      text += ", \(ByteCount.text(end.bytes(since: point))) after the fork"
    }
    return text
  }
}
