import ArgumentParser
import ClusterFiles
import PostgresFormat
import Reporting

/// What monitoring reads instead of an answer: `SLOTSCOPE UNKNOWN - …`, or `slotscope_up 0`. A plugin without output, or a
/// metrics file that keeps an old verdict, would say that all is well on the day when nothing can be asked.
struct MonitoringDocument {
  enum Form: String { case nagios, prometheus }
  enum Question { case audit, inspect }

  var form: Form
  var question: Question
  /// As they may be shown.
  var standbys: [String] = []
  var labels: [MetricsPage.Label] = []
  var output: DocumentOutput

  /// Where nothing can be asked, for this reason.
  func write(failure error: any Error) throws {
    try write(failure: (error as? CommandFailure)?.withholding(SlotscopeProgram.arguments).message ?? "\(error)")
  }

  func write(failure message: String) throws {
    let message = Terminal.scrubbed(message: message)
    let text =
      switch (form, question) {
      case (.nagios, _): AuditNagios.failure(message)
      case (.prometheus, .audit):
        AuditPrometheus.failure(standbys: standbys, labels: labels, at: DataDirectory.now)
      case (.prometheus, .inspect): InspectPrometheus.failure(labels: labels, at: DataDirectory.now)
      }
    try output.write(text)
  }

  /// Of a command line that cannot be taken: the format and the file are found in it all the same. nil where it is not one for
  /// monitoring.
  init?(wrong arguments: [String]) {
    switch arguments.first {
    case "audit": question = .audit
    case "inspect": question = .inspect
    default: return nil
    }
    guard let form = Self.value(of: ["--format"], in: arguments).flatMap(Form.init) else { return nil }
    self.form = form
    output = DocumentOutput(
      path: Self.value(of: ["--output", "-o"], in: arguments), permissions: .metrics,
      force: arguments.contains("--force"), isPluginLine: form == .nagios)
  }

  init(_ form: Form, _ question: Question, labels: [MetricsPage.Label], output: DocumentOutput) {
    (self.form, self.question, self.labels, self.output) = (form, question, labels, output)
  }

  /// `--name value`, `--name=value`, and `-nvalue` of a short one.
  private static func value(of names: [String], in arguments: [String]) -> String? {
    for (index, argument) in arguments.enumerated() {
      for name in names {
        if argument == name { return index + 1 < arguments.count ? arguments[index + 1] : nil }
        let joined = name.hasPrefix("--") ? name + "=" : name
        if argument.hasPrefix(joined) { return String(argument.dropFirst(joined.count)) }
      }
    }
    return nil
  }
}

/// `--label` of the commands that write metrics.
struct MetricLabels: ParsableArguments {
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp("A label for every metric (--format prometheus). Repeatable.", valueName: "name=value"))
  var texts: [String] = []

  func validate() throws {
    for text in texts where Self.label(text) == nil {
      throw ValidationError("--label takes NAME=VALUE, with a name of letters, digits and underscores")
    }
  }

  var all: [MetricsPage.Label] { texts.compactMap(Self.label) }

  private static func label(_ text: String) -> MetricsPage.Label? {
    guard let sign = text.firstIndex(of: "=") else { return nil }
    let name = String(text[..<sign])
    guard MetricsPage.isLabel(name) else { return nil }
    return MetricsPage.Label(name, String(text[text.index(after: sign)...]))
  }
}
