"""An index in Milvus, through pymilvus. Nothing else imports it; needs the extra `milvus`.

    NAME                       alias of the generation in force
    NAME_000001                one entity a chunk: its text, its vector, its words
    NAME_000001_documents      the manifest and the documents, each in one entity or more
    NAME_000001_words          how many chunks hold a token, and the token's place in sparse vectors

A build writes new collections, checks them and switches the alias.
"""
