import Evidence

/// Which premises would make a verdict `ready`: the same question is asked again with them given, so nothing is promised that giving
/// them would not bring.
extension Assessment {
  /// `asked` answers the question with these given, too; nil where it would be refused.
  func withPremises(_ question: FailoverQuestion, _ asked: (Set<Premise>) -> Assessment?) -> Assessment {
    // What can be seen to run is not down.
    let runs = question.primaryIsPresent && question.primary?.isRunning == true
    let givable = Set(Premise.assumable).subtracting(runs ? [.primaryDown] : [])
    var (given, answer) = (Set<Premise>(), self)
    while true {
      let more = answer.openPremises.intersection(givable).subtracting(given)
      guard !more.isEmpty, let next = asked(given.union(more)) else { break }
      given.formUnion(more)
      answer = next
    }
    guard !given.isEmpty else { return self }
    // What it rests on may be less than what was given.
    let needed = Set(answer.slots.filter { $0.verdict == .ready }.flatMap(\.given).map(\.premise)).intersection(given)
      .subtracting(question.answers.assumed)
    guard !needed.isEmpty else { return self }
    if needed != given {
      guard let next = asked(needed) else { return self }
      (given, answer) = (needed, next)
    }
    var result = self
    // Looked up, not looked for: whoever may write into pg_replslot decides how many slots there are.
    let places = Dictionary(answer.slots.indices.map { (answer.key(of: $0), $0) }) { first, _ in first }
    for (index, slot) in slots.enumerated() where slot.verdict != .ready {
      guard let place = places[key(of: index)], answer.slots[place].verdict == .ready else { continue }
      result.slots[index].readyIf = answer.slots[place].given.filter { given.contains($0.premise) }
    }
    if answer.verdict == .ready { result.readyIf = Premise.allCases.filter(given.contains) }
    return result
  }

  private var openPremises: Set<Premise> {
    Set(slots.filter { $0.verdict != .ready }.flatMap(\.premises).filter { $0.state == .open }.map(\.premise))
  }

  /// What a slot has in both answers.
  private func key(of index: Int) -> [String?] { [slots[index].slotName, slots[index].primary?.path] }
}

extension SlotAssessment {
  /// What a `ready` rests on by the operator's word.
  package var given: [SlotPremise] { premises.filter { $0.state == .given } }
}

extension Assessment {
  /// What its `ready` rests on by the operator's word, each once.
  package var given: [SlotPremise] {
    verdict == .ready ? slots.filter(\.counts).flatMap(\.given).told : []
  }
}
