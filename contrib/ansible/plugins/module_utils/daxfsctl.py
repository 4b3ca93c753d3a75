# SPDX-License-Identifier: GPL-2.0-only
"""Calls daxfsctl and passes on what it says: one JSON document, whatever happens."""

import json

SCHEMA = 1


def one_text(error):
    """What a person needs of an error: what happened, what to do, what permits it."""
    texts = [error["message"]]
    if error["hint"]:
        texts.append(error["hint"])
    if error["override"]:
        option = error["override"].lstrip("-").replace("-", "_")
        texts.append(f"'{option}: true' overrides this")
    return "; ".join(texts)


class Daxfsctl:
    def __init__(self, module):
        self.module = module
        self.program = module.get_bin_path("daxfsctl", required=True)

    def call(self, *arguments):
        """Returns the document and the exit status, whether it went well or not."""
        command = [self.program, "--json", *arguments]
        status, out, err = self.module.run_command(command)
        try:
            document = json.loads(out)
        except ValueError:
            self.module.fail_json(msg="daxfsctl printed no JSON document", cmd=command, rc=status,
                                  stdout=out, stderr=err)
        if document.get("schema") != SCHEMA:
            self.module.fail_json(msg=f"daxfsctl speaks schema {document.get('schema')}, "
                                      f"this module knows {SCHEMA}", cmd=command)
        return document, status

    def fail(self, document, status, **more):
        """Ends the module with the document's errors; the keys of the first one are the result's."""
        errors = document["errors"]
        result = {key: value for key, value in errors[0].items() if key != "message"}
        result.update(more)
        self.module.fail_json(msg="; ".join(one_text(error) for error in errors), errors=errors, rc=status,
                              **result)
