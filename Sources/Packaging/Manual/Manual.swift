import FoundationEssentials
import Glibc

/// Writes the manual pages: `slotscope --experimental-dump-help | slotscope-manual FOLDER VERSION DATE`.
@main
struct Manual {
  static func main() throws {
    guard CommandLine.arguments.count == 4 else {
      print("usage: slotscope --experimental-dump-help | slotscope-manual FOLDER VERSION DATE")
      exit(64)
    }
    let (folder, version, date) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])
    var json = ""
    while let line = readLine(strippingNewline: false) { json += line }
    for command in try CommandDescription.read(Array(json.utf8)).all {
      let page = ManualPage(command: command, version: version, date: date).text
      try Data(page.utf8).write(to: URL(filePath: "\(folder)/\(command.pageName).1"))
    }
  }
}
