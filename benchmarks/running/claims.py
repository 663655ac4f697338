"""What a drill claims, beside what it found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Claim:
    text: str
    wanted: str
    found: str
    holds: bool


@dataclass
class Claims:
    """The claims of one drill in the order in which they were checked."""

    made: list[Claim] = field(default_factory=list)

    def at_most(self, text: str, found: float, most: float, unit: str) -> None:
        self.made.append(Claim(text, f"<= {most:g} {unit}", f"{found:.4g} {unit}", found <= most))

    def equal(self, text: str, found: object, wanted: object) -> None:
        self.made.append(Claim(text, str(wanted), str(found), found == wanted))

    def none(self, text: str, found: list[str]) -> None:
        """That nothing of the kind was found; the first of what was is shown."""
        told = f"{len(found)}: {found[0]}" if found else "none"
        self.made.append(Claim(text, "none", told, not found))

    @property
    def exit_code(self) -> int:
        """0 if all hold. A drill without a claim has shown nothing."""
        return 0 if self.made and all(claim.holds for claim in self.made) else 1

    def __str__(self) -> str:
        rows = [("", "claim", "wanted", "found")]
        rows += [("holds" if c.holds else "FAILS", c.text, c.wanted, c.found) for c in self.made]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + f"  {row[3]}"
            for row in rows
        )
