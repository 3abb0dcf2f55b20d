import ClusterFiles
import PostgresFormat
import Reporting
import SlotSafety

/// `status --watch`: the same question again and again. On a terminal it is drawn in place; in a pipe each round is one line of JSON.
struct StatusWatch {
  let question: StatusQuestion
  /// Seconds from the end of one round to the beginning of the next.
  let interval: Int
  var options = StatusText.Options()

  /// Ends when nobody reads any more, or with the key q.
  mutating func run() async throws {
    if let screen = TerminalScreen() { try await draw(on: screen) } else { try await stream() }
  }

  private func stream() async throws {
    var output = StreamOutput()
    while true {
      let status = try await question.status()
      let line = StatusJSON.document(status, at: DataDirectory.now).serialized(pretty: false) + "\n"
      do {
        guard try output.write(line) else { return }
      } catch let failure as StreamOutput.Failure {
        throw CommandFailure("could not write to standard output: \(failure.message)")
      }
      try await Task.sleep(for: .seconds(interval))
    }
  }

  private mutating func draw(on screen: borrowing TerminalScreen) async throws {
    let clock = ContinuousClock()
    while true {
      let status = try await question.status()
      let time = DataDirectory.now
      let next = clock.now + .seconds(interval)
      redraw: while true {
        screen.draw(page(status, at: time))
        let left = next - clock.now
        guard left > .zero else { break }
        let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
        switch screen.key(within: Int32(clamping: max(1, milliseconds))).map({ UnicodeScalar($0) }) {
        case "q"?, "Q"?, "\u{1B}"?, "\u{04}"?: return
        case "s"?:
          let all = StatusText.Order.allCases
          options.order = all[((all.firstIndex(of: options.order) ?? 0) + 1) % all.count]
        case "f"?: options.onlyOpen.toggle()
        case "v"?: options.verbose.toggle()
        case " "?: break redraw
        default: break
        }
      }
    }
  }

  /// What fits the terminal as it is now, with a line of keys at its end.
  private func page(_ status: ClusterStatus, at time: Timestamp) -> TerminalText {
    var options = options
    options.rows = TerminalScreen.rows - 2
    let style = Terminal.style
    let keys =
      "\(time)  every \(interval) s   q quit   s sort: \(options.order.rawValue)   f show: \(options.onlyOpen ? "open" : "all")"
      + "   v \(options.verbose ? "less" : "more")"
    let shown = style.columns.map { String(keys.prefix($0)) } ?? keys
    return StatusText.report(status, style: style, options: options) + "\n" + style.paint("\(shown)", .faint)
  }
}
