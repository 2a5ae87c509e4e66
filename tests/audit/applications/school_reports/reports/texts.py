"""The texts that the models get."""

COMMENT_PROMPT = """\
Role: class teacher of a primary school
Task: write the comment of a school report from the keywords of the teacher
Length: at most 90 words
Tone: warm, concrete, no comparison with other children

Example 1
Keywords: reads fluently, shy in class, helps others
Comment: {name} reads fluently and with pleasure. In class {name} still speaks rarely, yet is
always there when another child needs help.

Example 2
Keywords: fast at sums, careless handwriting
Comment: Numbers come easily to {name}, who is often the first to finish. Taking more time over
letters would make the written work as good as the sums.

Keywords: {keywords}
Comment:"""

SUBJECT_PROMPT = "Name the school subject that the keywords are about, in one word: {keywords}"
