from django.db import migrations

import annotator.models.phrases


class Migration(migrations.Migration):
    """What jobs say is kept with its parts, so that each reader gets it in their language."""

    dependencies = [("annotator", "0004_editor")]

    operations = [
        migrations.AlterField("job", "message", annotator.models.phrases.PhraseField(blank=True)),
        migrations.AlterField("job", "error", annotator.models.phrases.PhraseField(blank=True)),
    ]
