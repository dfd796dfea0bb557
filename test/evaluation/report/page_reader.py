"""What a browser makes of a page, by Python's own parser of HTML."""

from html.parser import HTMLParser


class PageReader(HTMLParser):
    """Reads a page.

    Attributes:
        tags: names of all elements, in order; ``attributes`` their (name, attributes).
        text: of the body; ``styles`` of the style element.
        rows: of all tables, a list of the texts of the cells each.
    """

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.styles, self.rows = [], [], "", "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.attributes.append((name, dict(attributes)))
        if name == "tr":
            self.rows.append([])
        elif name in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if "body" in self.tags:
            self.text += data
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data
        elif self.tags[-1:] == ["style"]:
            self.styles += data

    def handle_endtag(self, name):
        if name == "table":
            self.rows.append([])
