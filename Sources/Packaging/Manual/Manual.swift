import FoundationEssentials
import Glibc
import SlotscopeCommands

/// Writes the manual pages: `slotscope-manual FOLDER VERSION DATE`.
@main
struct Manual {
  static func main() throws {
    guard CommandLine.arguments.count == 4 else {
      print("usage: slotscope-manual FOLDER VERSION DATE")
      exit(64)
    }
    let (folder, version, date) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])
    for command in try CommandDescription.all() {
      let page = ManualPage(command: command, version: version, date: date).text
      try Data(page.utf8).write(to: URL(filePath: "\(folder)/\(command.pageName).1"))
    }
  }
}
